"""Tables changed for a load: by what its rows need, and by what is declared before any event has it."""
