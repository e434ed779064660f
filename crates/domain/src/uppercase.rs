//! Amounts in Chinese capital numerals (价税合计（大写）), as 正确填写票据和结算凭证的基本规定 of the People's Bank
//! of China has them written. They are read by value and never compared as text (domain §5).

use crate::ids::Malformed;
use crate::money::Fen;

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
/// The units inside a group of four digits, largest first; the ones have none.
const UNITS: [(char, u64); 3] = [('仟', 1000), ('佰', 100), ('拾', 10)];
const SHAPE: Malformed =
    Malformed::new("amount in words", "like 壹拾叁万零捌佰陆拾肆圆壹角玖分, within 2^53 - 1 fen");

const MYRIAD: u64 = 10_000;
const HUNDRED_MILLION: u64 = 100_000_000;

/// Writes an amount with 圆 角 分 整: 526.00 is 伍佰贰拾陆圆整, 0.10 is 壹角整, −1.00 is 负壹圆整.
#[must_use]
pub fn write(amount: Fen) -> String {
    let fen = amount.get().unsigned_abs();
    let (yuan, jiao, fen) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut text = String::new();
    if amount.is_negative() {
        text.push('负');
    }
    if yuan > 0 {
        write_yuan(yuan, &mut text);
        text.push('圆');
    } else if jiao == 0 && fen == 0 {
        text.push_str("零圆");
    }
    if jiao > 0 {
        text.push(digit(jiao));
        text.push('角');
    } else if fen > 0 && yuan > 0 {
        text.push('零');
    }
    if fen > 0 {
        text.push(digit(fen));
        text.push('分');
    } else {
        text.push('整');
    }
    text
}

/// Writes yuan above 0 in groups of four digits. A 零 stands for zeros between two digits, save where they only end
/// one group and the next begins with its thousands (贰拾万伍仟圆): there the rules leave it free.
fn write_yuan(yuan: u64, text: &mut String) {
    let mut written = false;
    let mut gap = false;
    for (place, name) in [(12, Some('万')), (8, Some('亿')), (4, Some('万')), (0, None)] {
        let group = yuan / 10_u64.pow(place) % MYRIAD;
        if group > 0 {
            write_group(group, written, gap, text);
            text.extend(name);
            written = true;
        } else if place == 8 && written {
            // Ten thousand times a hundred million is 万亿 even where no single 亿 follows the 万.
            text.push('亿');
        }
        gap = group == 0;
    }
}

/// Writes a number from 1 to 9999. `written`: a digit stands before it; `gap`: zeros right before it.
fn write_group(number: u64, mut written: bool, mut gap: bool, text: &mut String) {
    for (unit, name) in [(1000, Some('仟')), (100, Some('佰')), (10, Some('拾')), (1, None)] {
        let value = number / unit % 10;
        if value == 0 {
            gap = true;
            continue;
        }
        if gap && written {
            text.push('零');
        }
        gap = false;
        written = true;
        text.push(digit(value));
        text.extend(name);
    }
}

fn digit(value: u64) -> char {
    usize::try_from(value).ok().and_then(|value| DIGITS.get(value)).copied().unwrap_or('零')
}

/// Reads an amount by its value. 元 is read as 圆 and 正 as 整; either ending, and a 零 that no digit needs to be
/// told apart, may be there or not: 壹拾圆柒角整 and 壹拾圆零柒角整 are both 10.70.
///
/// # Errors
/// [`Malformed`] for anything else: digits or units out of order, a unit without its digit, a digit that without
/// 零 could be one of two places (壹佰伍圆), an amount beyond 2^53 − 1 fen.
pub fn read(text: &str) -> Result<Fen, Malformed> {
    let (negative, text) = match text.strip_prefix('负') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let text = text.strip_suffix(['整', '正']).unwrap_or(text);
    let (yuan, below) = match text.split_once(['圆', '元']) {
        Some((yuan, below)) => (read_yuan(yuan)?, below),
        None if text.is_empty() => return Err(SHAPE),
        None => (0, text),
    };
    let (jiao, below) = match below.split_once('角') {
        Some((jiao, below)) => (read_digit(jiao)?, below),
        None => (0, below),
    };
    let fen = match below.strip_suffix('分') {
        Some(fen) => read_digit(fen)?,
        None if below.is_empty() => 0,
        None => return Err(SHAPE),
    };
    // The yuan are below 10^16, so this is below 10^18 and fits.
    let fen = i64::try_from(yuan * 100 + jiao * 10 + fen).map_err(|_| SHAPE)?;
    Fen::new(if negative { -fen } else { fen }).map_err(|_| SHAPE)
}

/// One digit with or without a 零 before it, or a 零 alone.
fn read_digit(text: &str) -> Result<u64, Malformed> {
    let rest = text.strip_prefix('零').unwrap_or(text);
    let mut letters = rest.chars();
    match (letters.next(), letters.next()) {
        (None, None) if !text.is_empty() => Ok(0),
        (Some(letter), None) => value(letter).filter(|value| *value > 0).ok_or(SHAPE),
        (None, _) | (Some(_), Some(_)) => Err(SHAPE),
    }
}

/// A number below 10^16: groups of four digits before 万亿 (or 万…亿), 亿, 万 and 圆.
fn read_yuan(text: &str) -> Result<u64, Malformed> {
    let Some((high, low)) = text.split_once('亿') else {
        return read_myriads(text, false);
    };
    let high = read_myriads(high, false)?;
    if high == 0 {
        return Err(SHAPE);
    }
    Ok(high * HUNDRED_MILLION + read_myriads(low, true)?)
}

/// A number below 10^8; 0 for no text where larger places stand before it.
fn read_myriads(text: &str, follows: bool) -> Result<u64, Malformed> {
    let Some((high, low)) = text.split_once('万') else {
        return read_group(text, follows);
    };
    let high = read_group(high, follows)?;
    if high == 0 {
        return Err(SHAPE);
    }
    Ok(high * MYRIAD + read_group(low, true)?)
}

/// A number below 10^4; 0 for no text where larger places stand before it.
fn read_group(text: &str, follows: bool) -> Result<u64, Malformed> {
    if text.is_empty() && !follows {
        return Err(SHAPE);
    }
    let mut sum = 0;
    // The unit that the next one must be below, and whether a bare digit here can only be the ones.
    let mut above = MYRIAD;
    let mut ones_are_plain = !follows;
    let mut letters = text.chars().peekable();
    while let Some(mut letter) = letters.next() {
        if letter == '零' {
            ones_are_plain = true;
            match letters.next() {
                Some(next) => letter = next,
                None => return Ok(sum),
            }
        }
        let digit = value(letter).filter(|digit| *digit > 0).ok_or(SHAPE)?;
        match letters.next() {
            Some(name) => {
                let (_, unit) = UNITS.into_iter().find(|(known, _)| *known == name).ok_or(SHAPE)?;
                if unit >= above {
                    return Err(SHAPE);
                }
                sum += digit * unit;
                above = unit;
                ones_are_plain = unit == 10;
            }
            None if ones_are_plain => return Ok(sum + digit),
            None => return Err(SHAPE),
        }
    }
    Ok(sum)
}

fn value(letter: char) -> Option<u64> {
    DIGITS.iter().zip(0..).find_map(|(known, value)| (*known == letter).then_some(value))
}
