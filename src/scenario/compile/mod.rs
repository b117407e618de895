//! From a scenario to a blueprint: names become indices, steps become programs, models become lines of servers.
//!
//! Each file binds one kind of thing; `programs` is where flows, handlers and clients meet.

mod alarms;
mod amounts;
mod caches;
mod calls;
mod clients;
mod clock;
mod consumers;
mod control;
mod detectors;
mod faults;
mod fences;
mod fleets;
mod gates;
mod goals;
mod hand_on;
mod handlers;
mod happenings;
mod keys;
mod limits_changed;
mod loops;
mod messages;
mod meters;
mod names;
mod partitions;
mod parts;
mod places;
mod pools;
mod programs;
mod refused;
mod roads;
mod rows;
mod runbooks;
mod steps;
mod store_faults;
mod stores;
mod traffic;
mod watches;

use std::collections::{BTreeMap, BTreeSet};

use super::ast::Scenario;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::model::Instance;
use super::tree::At;
use crate::components::Blueprint;
use crate::components::blueprint::{Effect, LineSpec};
use crate::engine::program::Op;
use crate::record::Series;
use crate::units::{Span, Time};
use consumers::Behind;
use names::Names;
use parts::Part;
use programs::Pending;

/// Longest run: 100 simulated years.
pub const LONGEST: Span = Span::seconds(100 * 365 * 86_400 + 25 * 86_400);

/// How a scenario is compiled, besides what it says itself. Results do not depend on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Every end of service is an event, even where it is known on arrival.
    pub nothing_committed: bool,
    /// Every request walks through its program by itself, even where a row of them could pass at once.
    pub nothing_in_rows: bool,
}

/// A scenario on its way to a blueprint.
pub(crate) struct Compiler<'a> {
    pub ast: &'a Scenario,
    pub out: Blueprint,
    pub say: Diagnostics,
    pub names: Names,
    pub parts: BTreeMap<String, Part<'a>>,
    pub pending: Vec<Pending<'a>>,
    /// How often each site name has been given in the program being written.
    pub ordinals: BTreeMap<String, u32>,
    /// Marks by flow and name, calls by caller and callee.
    pub marks: BTreeMap<(u32, String), u32>,
    pub calls: BTreeMap<(String, String), u32>,
    /// For each instruction: is it in a body that may be taken back?
    pub strict: Vec<bool>,
    /// Parts in which somebody may have to wait for somebody.
    pub ordered: BTreeSet<u32>,
    /// Limits that parts of one service share, by service, name and scope.
    pub shared: BTreeMap<(String, String, String), u32>,
    /// The programs are longer than they may be, and somebody has been told.
    pub said_too_long: bool,
    /// Numbers of the texts of traces, by key.
    pub key_texts: BTreeMap<u32, BTreeMap<String, u64>>,
    /// Where caches live that live on other parts.
    pub houses: BTreeMap<String, caches::House>,
    /// Places that a fault can shut.
    pub breakable: BTreeSet<u32>,
    /// What faults do, by fault and place of the kind and of the target in their lists.
    pub effects: BTreeMap<(String, usize, usize), Vec<Effect>>,
    /// Nothing in any program may run ahead of the clock: what is inside may die, and alarms count.
    pub lockstep: bool,
    /// Some set sends to the zone of who calls: everybody's member is to be known.
    pub zones_apart: bool,
    /// Programs of flows within flows, by flow, caller and source.
    pub inner: BTreeMap<(String, String, u32), u32>,
    /// Who hands over to whom, and the marks of takers.
    pub behind: Behind,
}

/// Compiles a scenario whose components have been instantiated, or says why that cannot be.
pub fn compile(
    ast: &Scenario,
    instances: &BTreeMap<String, Instance>,
    options: Options,
) -> Result<(Blueprint, Diagnostics), Diagnostics> {
    let mut compiler = Compiler {
        ast,
        out: Blueprint::default(),
        say: Diagnostics::default(),
        names: Names::of(ast),
        parts: BTreeMap::new(),
        pending: Vec::new(),
        ordinals: BTreeMap::new(),
        marks: BTreeMap::new(),
        calls: BTreeMap::new(),
        strict: Vec::new(),
        ordered: BTreeSet::new(),
        shared: BTreeMap::new(),
        said_too_long: false,
        key_texts: BTreeMap::new(),
        houses: BTreeMap::new(),
        breakable: BTreeSet::new(),
        effects: BTreeMap::new(),
        lockstep: false,
        zones_apart: false,
        inner: BTreeMap::new(),
        behind: Behind::default(),
    };
    compiler.refused();
    compiler.spans();
    compiler.keys();
    compiler.regions();
    compiler.roads();
    compiler.bind_parts(instances);
    compiler.writers();
    compiler.incidents();
    if compiler.say.failed() {
        return Err(compiler.say);
    }
    compiler.out.flows = ast.flows.keys().cloned().collect();
    compiler.link_stores();
    compiler.takers();
    compiler.traffic();
    compiler.users_of_regions();
    compiler.marks_behind();
    compiler.happenings();
    compiler.mind_the_dying();
    compiler.alarms();
    compiler.ups();
    compiler.watches();
    if !options.nothing_committed {
        compiler.fences();
    }
    compiler.commit_lines(options);
    compiler.out.walk = options.nothing_in_rows;
    compiler.free_operations();
    compiler.metering();
    compiler.foretell();
    compiler.out.program.cells += compiler.out.rows_of.len() as u16;
    if compiler.say.failed() {
        return Err(compiler.say);
    }
    Ok((compiler.out, compiler.say))
}

impl<'a> Compiler<'a> {
    /// An error at a place.
    pub fn error(&mut self, at: At, says: impl Into<String>, help: impl Into<String>) {
        self.say.say(Diagnostic::error(at, says).help(help));
    }

    /// A site of draws: named by what it is for and by how many of the kind stand before it in the same program, so
    /// that what is added elsewhere moves none of them.
    pub fn site(&mut self, purpose: &str) -> u32 {
        let ordinal = self.ordinals.entry(purpose.to_owned()).or_insert(0);
        let name = format!("{purpose}#{ordinal}");
        *ordinal += 1;
        self.named_site(name)
    }

    /// A site whose name is all its own.
    pub fn named_site(&mut self, name: String) -> u32 {
        self.out.sites.push(name);
        (self.out.sites.len() - 1) as u32
    }

    fn spans(&mut self) {
        let ast = self.ast;
        let to = match (&ast.duration, &ast.until) {
            (Some(duration), _) => duration.value,
            (None, Some(until)) => until.at_most,
            (None, None) => Span::ZERO,
        };
        if let Some(at) = ast.duration.as_ref().map(|d| d.at).or(ast.until.as_ref().map(|u| u.at))
            && to > LONGEST
        {
            let help = "shorten it, and use `replications` for more hours";
            self.error(at, "no run is longer than 100 simulated years", help);
        }
        self.out.to = Time(to.0);
        self.out.from = Time(ast.warmup.as_ref().map_or(0, |warmup| warmup.value.0.min(to.0)));
        self.out.slot = Series::slot_for(to);
        self.out.phases = ast
            .phases
            .iter()
            .map(|(name, phase)| (name.clone(), Time(phase.value.0.0), Time(phase.value.1.0)))
            .collect();
    }

    /// Lines whose jobs cannot be withdrawn and whose servers cannot change know every departure on arrival.
    fn commit_lines(&mut self, options: Options) {
        let mut lived: Vec<bool> = self
            .out
            .lines
            .iter()
            .map(|line| {
                let fifo = line.station.order == crate::queueing::waiting::Order::Fifo;
                options.nothing_committed || line.control.is_some() || !fifo || line.station.servers > 64
            })
            .collect();
        // The lines of a set's members stand side by side.
        let mut mark = |service: u32, out: &Blueprint| {
            let first = out.services[service as usize].line as usize;
            let like = |line: &&LineSpec| (line.part, &line.name) == (out.lines[first].part, &out.lines[first].name);
            let members = out.lines[first..].iter().take_while(like).count();
            lived[first..first + members].fill(true);
        };
        for (pc, op) in self.out.program.ops.iter().enumerate() {
            match *op {
                Op::Acquire { service } => mark(service, &self.out),
                Op::Serve { service } => {
                    let patient = self.out.services[service as usize].patience.is_none();
                    if !patient || self.strict[pc] {
                        mark(service, &self.out);
                    }
                }
                _ => {}
            }
        }
        for line in self.changed_lines().into_iter().chain(self.lines_that_move()).chain(self.lines_that_split()) {
            lived[line as usize] = true;
        }
        for (line, lived) in self.out.lines.iter_mut().zip(lived) {
            line.committed = !lived;
        }
    }

    /// In an operation whose way crosses nothing but delays nobody waits for anybody: coming in is no event, unless it
    /// matters when it happens: to who watches, or since a fault may be on by then.
    fn free_operations(&mut self) {
        let watched: Vec<u32> = self.out.watches.iter().filter_map(watches::part_of).collect();
        let faulty = self.faulty_parts();
        for part in 0..self.out.parts.len() as u32 {
            let bound = !self.ordered.contains(&part) && !watched.contains(&part) && !faulty.contains(&part);
            self.out.parts[part as usize].free = bound;
        }
        for operation in &mut self.out.operations {
            operation.free = self.out.parts[operation.part as usize].free;
        }
    }
}
