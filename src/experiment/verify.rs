//! Is this installation right? Textbook systems with known answers, run by the engine that runs everything.
