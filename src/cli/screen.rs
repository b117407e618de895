//! The screen that a report is written to: its width and its colours, or plain text where it is no terminal.

use archsim::report::Screen;

/// Narrower is read nowhere, wider by nobody.
const NARROW: usize = 40;
const WIDE: usize = 120;

/// Standard output. Colours are as `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM` say; where there are colours there
/// is a terminal, whose width is `COLUMNS` or what it says itself. Everything else gets the same plain text everywhere.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
pub(crate) fn screen(all: bool) -> Screen {
    let plain = Screen { all, ..Screen::default() };
    if anstream::AutoStream::choice(&std::io::stdout()) == anstream::ColorChoice::Never {
        // A terminal without colours is a terminal all the same.
        let own = terminal_size::terminal_size_of(std::io::stdout()).map(|(wide, _)| usize::from(wide.0));
        return Screen { width: own.map_or(plain.width, between), ..plain };
    }
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let own = terminal_size::terminal_size_of(std::io::stdout()).map(|(wide, _)| usize::from(wide.0));
    Screen { width: said.or(own).map_or(plain.width, between), colour: true, all }
}

fn between(wide: usize) -> usize {
    wide.clamp(NARROW, WIDE)
}
