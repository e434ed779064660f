//! Signed transitions, digests, log and checkpoints: all an outsider needs to verify.
