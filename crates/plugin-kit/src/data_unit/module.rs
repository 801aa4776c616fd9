//! Putting a unit's data into the module that runs it.

use std::ops::Range;

use unit_from_data::place::{MARK, MOST_BYTES, SIZE};
use wasm_encoder::{
    ConstExpr, DataCountSection, DataSection, DataSegment, DataSegmentMode, Module, RawSection,
};
use wasmparser::{DataKind, Operator, Parser, Payload};

use super::BuildError;

/// Writes `data` behind the mark in the module's memory. What is left of the
/// place is not written at all, for memory is nought to begin with.
pub(super) fn with_data(module: &[u8], data: &[u8]) -> Result<Vec<u8>, BuildError> {
    if data.len() > MOST_BYTES {
        return Err(BuildError::TooLarge {
            bytes: data.len(),
            most: MOST_BYTES,
        });
    }
    let mut filled = MARK.to_vec();
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    filled.extend(length.to_le_bytes());
    filled.extend(data);

    let segments = segments(module)?;
    let places = segments
        .iter()
        .filter(|segment| mark_in(segment.data).is_some());
    if places.count() != 1 {
        return Err(BuildError::NoPlace);
    }
    let mut written = DataSection::new();
    for segment in &segments {
        let Some(mark) = mark_in(segment.data) else {
            segment.write(0..segment.data.len(), &mut written);
            continue;
        };
        let end = mark + SIZE;
        if end > segment.data.len() {
            return Err(BuildError::NoPlace);
        }
        segment.write(0..mark, &mut written);
        written.active(0, &segment.offset_of(mark), filled.iter().copied());
        segment.write(end..segment.data.len(), &mut written);
    }

    let mut out = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::DataCountSection { .. } => {
                out.section(&DataCountSection {
                    count: written.len(),
                });
            }
            Payload::DataSection(_) => {
                out.section(&written);
            }
            other => {
                let Some((id, range)) = other.as_section() else {
                    continue;
                };
                let data = module.get(range).ok_or(BuildError::NoPlace)?;
                out.section(&RawSection { id, data });
            }
        }
    }
    Ok(out.finish())
}

/// A piece of memory as the module has it to begin with.
struct Segment<'m> {
    offset: u32,
    data: &'m [u8],
}

impl Segment<'_> {
    fn offset_of(&self, at: usize) -> ConstExpr {
        let offset = self.offset + u32::try_from(at).unwrap_or(u32::MAX);
        ConstExpr::i32_const(offset.cast_signed())
    }

    /// Writes a part of it, if there is any, without the noughts at its end.
    fn write(&self, part: Range<usize>, out: &mut DataSection) {
        let data = &self.data[part.clone()];
        let length = data
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        if length == 0 {
            return;
        }
        let offset = self.offset_of(part.start);
        out.segment(DataSegment {
            mode: DataSegmentMode::Active {
                memory_index: 0,
                offset: &offset,
            },
            data: data[..length].iter().copied(),
        });
    }
}

fn segments(module: &[u8]) -> Result<Vec<Segment<'_>>, BuildError> {
    let mut segments = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::DataSection(section) = payload? else {
            continue;
        };
        for data in section {
            let data = data?;
            let DataKind::Active { offset_expr, .. } = data.kind else {
                return Err(BuildError::NoPlace);
            };
            let mut operators = offset_expr.get_operators_reader();
            let Operator::I32Const { value } = operators.read()? else {
                return Err(BuildError::NoPlace);
            };
            segments.push(Segment {
                offset: value.cast_unsigned(),
                data: data.data,
            });
        }
    }
    Ok(segments)
}

fn mark_in(data: &[u8]) -> Option<usize> {
    data.windows(MARK.len()).position(|window| window == MARK)
}
