//! The one scan of a baseline picture: block after block to planes of samples.

use crate::bits::{Bits, unstuffed};
use crate::entropy::{Tables, ZIGZAG, read_block};
use crate::header::{Component, Header};
use crate::skip::SkipTable;
use crate::transform::Transform;
use crate::{Divisor, Refused};

/// Samples of all components at the same resolution.
pub(crate) struct Planes {
    /// Pixels in a row that count, and rows.
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Samples from one row to the next.
    pub(crate) stride: usize,
    /// Luminance, or that and two colour differences.
    pub(crate) samples: Vec<Vec<u8>>,
}

/// A component on its way.
struct Work<'a> {
    tables: Tables<'a>,
    /// Blocks of it in a unit.
    across: usize,
    down: usize,
    /// Pixels that a block becomes.
    size: (usize, usize),
    /// The last coefficient in zigzag order that counts for these.
    last: usize,
    previous: i32,
    plane: Vec<u8>,
}

pub(crate) fn decode(header: &Header<'_>, divisor: Divisor) -> Result<Planes, Refused> {
    let divisor = divisor.number() as usize;
    let (width, height) =
        (usize::from(header.width) / divisor, usize::from(header.height) / divisor);
    if width == 0 || height == 0 {
        return Err(Refused("a picture too small to be made smaller"));
    }
    // A single component is not interleaved: a unit is a block, whatever its sampling says.
    let is_single = header.components.len() == 1;
    let sampling = |component: &Component| {
        if is_single {
            (1, 1)
        } else {
            (usize::from(component.across), usize::from(component.down))
        }
    };
    let most = |of: fn((usize, usize)) -> usize| {
        header.components.iter().map(|component| of(sampling(component))).max().unwrap_or(1)
    };
    let (across, down) = (most(|it| it.0), most(|it| it.1));
    let units = (
        usize::from(header.width).div_ceil(8 * across),
        usize::from(header.height).div_ceil(8 * down),
    );
    let stride = units.0 * across * 8 / divisor;
    let rows = units.1 * down * 8 / divisor;

    let skips: [Option<SkipTable>; 4] =
        std::array::from_fn(|table| header.ac[table].as_ref().map(SkipTable::new));
    let mut works = Vec::new();
    for component in &header.components {
        let own = sampling(component);
        // Coarser components become as many pixels as the finest: nothing is enlarged.
        let size = (8 / divisor * (across / own.0), 8 / divisor * (down / own.1));
        if size.0 > 8 || size.1 > 8 || across % own.0 > 0 || down % own.1 > 0 {
            return Err(Refused("a component too coarse to be used as it is"));
        }
        let missing = Refused("a table is missing");
        let tables = Tables {
            dc: header.dc[component.dc].as_ref().ok_or(missing)?,
            ac: header.ac[component.ac].as_ref().ok_or(missing)?,
            skip: skips[component.ac].as_ref().ok_or(missing)?,
            steps: header.steps[component.steps].as_ref().ok_or(missing)?,
        };
        let last = last_shown(size);
        let plane = vec![0; stride * rows];
        works.push(Work { tables, across: own.0, down: own.1, size, last, previous: 0, plane });
    }
    read_units(header, units, stride, &mut works)?;
    let samples = works.into_iter().map(|work| work.plane).collect();
    Ok(Planes { width, height, stride, samples })
}

/// The last coefficient in zigzag order among the lowest `size.0` by `size.1`.
fn last_shown((width, height): (usize, usize)) -> usize {
    let shows = |place: &u8| usize::from(place % 8) < width && usize::from(place / 8) < height;
    ZIGZAG.iter().rposition(shows).unwrap_or(0)
}

fn read_units(
    header: &Header<'_>,
    units: (usize, usize),
    stride: usize,
    works: &mut [Work<'_>],
) -> Result<(), Refused> {
    let (data, segments) = unstuffed(header.data)?;
    let transform = Transform::new();
    let mut block = [0.0; 64];
    let interval = header.restart_interval;
    let all = units.0 * units.1;
    if segments.len() != interval.map_or(1, |interval| all.div_ceil(interval)) {
        return Err(Refused("not as many restart markers as there should be"));
    }
    let mut segment = segments.iter();
    let mut bits = Bits::new(&data, 0);
    // In bits: where the segment ends.
    let mut end = 0;
    for row in 0..units.1 {
        for column in 0..units.0 {
            let unit = row * units.0 + column;
            if interval.map_or(unit == 0, |interval| unit.is_multiple_of(interval)) {
                let next = segment.next().ok_or(Refused("a segment is missing"))?;
                assert_within(&bits, end)?;
                bits = Bits::new(&data, next.start);
                end = 8 * next.end;
                for work in &mut *works {
                    work.previous = 0;
                }
            }
            for work in &mut *works {
                let place = (column, row, stride);
                read_component(&mut bits, work, place, &transform, &mut block)?;
            }
        }
        assert_within(&bits, end)?;
    }
    Ok(())
}

/// Behind the end of a segment there are only zeros, or another segment.
fn assert_within(bits: &Bits<'_>, end: usize) -> Result<(), Refused> {
    if bits.position() <= end { Ok(()) } else { Err(Refused("the data of a segment are cut off")) }
}

/// Reads the blocks of a component in a unit. `block` is all zeros before and after.
#[inline(always)]
fn read_component(
    bits: &mut Bits<'_>,
    work: &mut Work<'_>,
    (column, row, stride): (usize, usize, usize),
    transform: &Transform,
    block: &mut [f32; 64],
) -> Result<(), Refused> {
    let (width, height) = work.size;
    for y in 0..work.down {
        for x in 0..work.across {
            let set = read_block(bits, &work.tables, work.last, &mut work.previous, block)?;
            let left = (column * work.across + x) * width;
            let top = (row * work.down + y) * height;
            let out = &mut work.plane[top * stride + left..];
            transform.write(work.size, block, set == 0, out, stride);
            if set == 0 {
                block[0] = 0.0;
            } else {
                *block = [0.0; 64];
            }
        }
    }
    Ok(())
}
