//! State and block to outcomes: execution, sealing, invariants, replay.
