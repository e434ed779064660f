use crate::time::Month;
use crate::uscc::Uscc;

/// Who has booked an invoice (入账), with the states of the Ministry of Finance's e-voucher standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booking {
    /// 01: nobody has.
    Unbooked,
    /// 02 or 03: booked by one enterprise. Its lock does not lapse and nobody else may lock or book.
    Booked {
        /// By whom.
        enterprise: Uscc,
        /// 02 where the tax is deductible, 03 where it is not.
        deductible: bool,
        /// The month it is dated into.
        month: Month,
    },
    /// 06: booked once, and taken back.
    UnbookedAgain {
        /// By whom it had been booked.
        enterprise: Uscc,
    },
}

impl Booking {
    /// The enterprise whose booking stands in state 02 or 03.
    #[must_use]
    pub const fn owner(&self) -> Option<&Uscc> {
        match self {
            Self::Booked { enterprise, deductible: _, month: _ } => Some(enterprise),
            Self::Unbooked | Self::UnbookedAgain { enterprise: _ } => None,
        }
    }

    /// Whether this enterprise's booking stands.
    #[must_use]
    pub fn is_booked_by(&self, enterprise: &Uscc) -> bool {
        self.owner() == Some(enterprise)
    }

    /// The standard's two digits.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unbooked => "01",
            Self::Booked { deductible: true, enterprise: _, month: _ } => "02",
            Self::Booked { deductible: false, enterprise: _, month: _ } => "03",
            Self::UnbookedAgain { enterprise: _ } => "06",
        }
    }
}
