//! The reimbursement service.
