//! What the HTTP of every service needs: caller, problem, submit, follow.
