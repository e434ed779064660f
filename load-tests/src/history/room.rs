//! How many invoices the disk has room for.

use std::process::Command;

use tokio_postgres::Client;

use crate::failure::Failure;

/// Kept free: the write-ahead log, the broker, and whatever else is on the disk.
const KEPT_FREE_BYTES: u64 = 6 << 30;

/// The first number that there is room for, and the one that was wanted where it is another. `bytes_each` is what an
/// invoice takes with all that belongs to it; a third more is for indexes whose pages are half full.
pub(super) fn choose(wanted: &[u64], bytes_each: f64, free: u64) -> Result<(u64, Option<u64>), Failure> {
    let room = crate::measured::whole(free.saturating_sub(KEPT_FREE_BYTES));
    let fits = |invoices: &u64| crate::measured::whole(*invoices) * bytes_each * 4.0 / 3.0 <= room;
    let fitting = wanted.iter().copied().find(|invoices| fits(invoices));
    let invoices =
        fitting.ok_or_else(|| Failure::new(format!("{free} bytes are free, which is too little")))?;
    Ok((invoices, wanted.first().copied().filter(|first| *first != invoices)))
}

/// Bytes that are free where PostgreSQL keeps its data, which must be on this machine.
pub(super) async fn free_bytes(postgres: &Client) -> Result<u64, Failure> {
    let row = postgres.query_one("SHOW data_directory", &[]).await;
    let folder: String = row.map_err(Failure::doing("asking where the data is"))?.get(0);
    let output = Command::new("df").args(["--output=avail", "-B1", &folder]).output();
    let output = output.map_err(Failure::doing("asking how much of the disk is free"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let free = text.lines().nth(1).and_then(|line| line.trim().parse().ok());
    free.ok_or_else(|| Failure::new(format!("nobody knows how much is free of the disk of {folder}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_have_room_are_chosen() {
        const GIB: u64 = 1 << 30;
        let wanted = [10_000_000, 3_000_000];
        let check = |free: u64, expect: Option<(u64, Option<u64>)>| {
            assert_eq!(choose(&wanted, 8192.0, free).ok(), expect, "{free}");
        };
        check(200 * GIB, Some((10_000_000, None)));
        check(45 * GIB, Some((3_000_000, Some(10_000_000))));
        check(20 * GIB, None);
    }
}
