//! What things are and may become: the rules of the ledger, pure.
