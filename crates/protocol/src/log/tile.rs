//! Names of tiles (C2SP tlog-tiles): 256 hashes or entries under one path.

use thiserror::Error;

use super::frontier::NodeId;

/// Hashes or entries in a full tile.
pub const TILE_WIDTH: u64 = 256;

/// The highest tile level that a path may name.
const LEVEL_MAX: u8 = 63;

/// The largest tile index whose leaves still have a u64 number.
const INDEX_MAX: u64 = u64::MAX / TILE_WIDTH;

/// A path that names no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be tile/<L>/<N> or tile/entries/<N>, with .p/<W> where partial")]
pub struct TilePathError;

/// A tile, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TilePath {
    /// `tile/<level>/<index>`: the hashes of the nodes at level 8 · `level`, each 32 bytes.
    Hashes {
        /// The tile's level.
        level: u8,
        /// Its place from the left.
        index: u64,
        /// How many hashes it holds, 256 where full.
        width: u16,
    },
    /// `tile/entries/<index>`: the entries themselves, as [`bundle`](super::bundle) writes them.
    Entries {
        /// Its place from the left.
        index: u64,
        /// How many entries it holds, 256 where full.
        width: u16,
    },
}

impl TilePath {
    /// Reads a path, without a leading slash.
    ///
    /// # Errors
    /// [`TilePathError`] for anything else, other spellings of the same tile included.
    pub fn parse(path: &str) -> Result<Self, TilePathError> {
        let (kind, rest) =
            path.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or(TilePathError)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, parse_number(width).filter(|width| (1..256).contains(width))),
            None => (rest, Some(TILE_WIDTH)),
        };
        let index = parse_index(index).ok_or(TilePathError)?;
        let width = width.and_then(|width| u16::try_from(width).ok()).ok_or(TilePathError)?;
        if kind == "entries" {
            return Ok(Self::Entries { index, width });
        }
        let level = parse_number(kind).and_then(|level| u8::try_from(level).ok());
        match level.filter(|level| *level <= LEVEL_MAX) {
            Some(level) => Ok(Self::Hashes { level, index, width }),
            None => Err(TilePathError),
        }
    }

    /// The first node that it holds (entries stand for their leaves) and how many follow it at the same level,
    /// itself included; nothing where a tree of `size` leaves does not have them all.
    #[must_use]
    pub fn nodes(&self, size: u64) -> Option<(NodeId, u16)> {
        let (level, index, width) = match *self {
            Self::Hashes { level, index, width } => (level.checked_mul(8)?, index, width),
            Self::Entries { index, width } => (0, index, width),
        };
        let first = index.checked_mul(TILE_WIDTH)?;
        let available = size.checked_shr(u32::from(level))?;
        let end = first.checked_add(u64::from(width))?;
        (end <= available).then_some((NodeId { level, index: first }, width))
    }

    /// Every tile of a tree of `size` leaves, partial ones included, bottom level first.
    #[must_use]
    pub fn all(size: u64) -> Vec<Self> {
        let mut tiles = Vec::new();
        let mut rows = size;
        for level in 0..=LEVEL_MAX {
            if rows == 0 {
                break;
            }
            tiles.extend((0..rows / TILE_WIDTH).map(|index| Self::Hashes { level, index, width: 256 }));
            if let Ok(width @ 1..) = u16::try_from(rows % TILE_WIDTH) {
                tiles.push(Self::Hashes { level, index: rows / TILE_WIDTH, width });
            }
            rows /= TILE_WIDTH;
        }
        tiles
    }
}

impl std::fmt::Display for TilePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (index, width) = match *self {
            Self::Hashes { level, index, width } => {
                write!(f, "tile/{level}")?;
                (index, width)
            }
            Self::Entries { index, width } => {
                f.write_str("tile/entries")?;
                (index, width)
            }
        };
        let mut groups = Vec::new();
        let mut rest = index;
        while rest >= 1000 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        groups.push(rest);
        for (place, group) in groups.iter().enumerate().rev() {
            write!(f, "/{}{group:03}", if place == 0 { "" } else { "x" })?;
        }
        if u64::from(width) == TILE_WIDTH { Ok(()) } else { write!(f, ".p/{width}") }
    }
}

/// `x001/x234/067` is 1,234,067: groups of three digits, all but the last after an `x`.
fn parse_index(text: &str) -> Option<u64> {
    let mut index = 0_u64;
    let mut groups = text.split('/').peekable();
    let mut first = true;
    while let Some(group) = groups.next() {
        let digits = if groups.peek().is_some() { group.strip_prefix('x')? } else { group };
        let leading_zeros = first && groups.peek().is_some() && digits == "000";
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) || leading_zeros {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        first = false;
    }
    (index <= INDEX_MAX).then_some(index)
}

/// A decimal number without sign or leading zeros.
fn parse_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}
