//! Pure decisions: routing, the checks of a call, rate and quota arithmetic, Cedar.
