//! A JPEG encoder for tests: random coefficients, random Huffman codes, any sampling, restart markers.

use proptest::prelude::*;
use proptest::sample::select;

/// How the components are sampled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sampling {
    Grey,
    S444,
    S422,
    S440,
    S420,
    S411,
}

/// What a picture is to be like.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) sampling: Sampling,
    /// Units between restart markers; 0: there are none.
    pub(crate) interval: usize,
    /// One coefficient of so many is not zero.
    pub(crate) density: u64,
}

impl Arbitrary for Plan {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use Sampling::{Grey, S411, S420, S422, S440, S444};
        let sampling = select(&[Grey, S444, S422, S440, S420, S411][..]);
        let density = select(&[1, 2, 5, 20, 1000][..]);
        (any::<u64>(), 1..70usize, 1..70usize, sampling, 0..5usize, density)
            .prop_map(|(seed, width, height, sampling, interval, density)| Self {
                seed,
                width,
                height,
                sampling,
                interval,
                density,
            })
            .boxed()
    }
}

pub(crate) struct Part {
    pub(crate) across: usize,
    pub(crate) down: usize,
    /// Blocks from one row of them to the next.
    pub(crate) stride: usize,
    /// Quantized coefficients, row by row.
    pub(crate) blocks: Vec<[i32; 64]>,
    /// Steps of the quantization, row by row.
    pub(crate) steps: [u8; 64],
}

pub(crate) struct Drawing {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) components: Vec<Part>,
    units: (usize, usize),
    interval: usize,
    random: Random,
}

/// xorshift64*.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A coefficient that is not the first of a block: mostly small, as in photos.
    fn coefficient(&mut self, density: u64) -> i32 {
        if self.below(density) > 0 {
            return 0;
        }
        let most = 1 + self.below(7);
        let size = 1 + self.below(most);
        self.below(1 << size) as i32 - (1 << (size - 1))
    }
}

impl Drawing {
    pub(crate) fn random(plan: &Plan) -> Self {
        let mut random = Random(plan.seed | 1);
        let sampling: &[(usize, usize)] = match plan.sampling {
            Sampling::Grey => &[(1, 1)],
            Sampling::S444 => &[(1, 1), (1, 1), (1, 1)],
            Sampling::S422 => &[(2, 1), (1, 1), (1, 1)],
            Sampling::S440 => &[(1, 2), (1, 1), (1, 1)],
            Sampling::S420 => &[(2, 2), (1, 1), (1, 1)],
            Sampling::S411 => &[(4, 1), (1, 1), (1, 1)],
        };
        let (across, down) = sampling[0];
        let units = (plan.width.div_ceil(8 * across), plan.height.div_ceil(8 * down));
        let mut components = Vec::new();
        for &(across, down) in sampling {
            let stride = units.0 * across;
            let steps = std::array::from_fn(|_| 1 + random.below(4) as u8);
            let mut block = |_| {
                let mut block = std::array::from_fn(|_| random.coefficient(plan.density));
                block[0] = random.below(300) as i32 - 150;
                block
            };
            let blocks = (0..stride * units.1 * down).map(&mut block).collect();
            components.push(Part { across, down, stride, blocks, steps });
        }
        let Plan { width, height, interval, .. } = *plan;
        Self { width, height, components, units, interval, random }
    }

    /// The sampling factors of the finest component.
    pub(crate) fn finest(&self) -> (usize, usize) {
        (self.components[0].across, self.components[0].down)
    }

    /// Whether a component would have to be enlarged.
    pub(crate) fn is_too_coarse(&self, divisor: usize) -> bool {
        self.finest().0 > divisor
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut random = self.random.clone();
        let tables: Vec<Codes> = (0..4).map(|_| Codes::random(&mut random)).collect();
        let mut file = vec![0xff, 0xd8];
        segment(&mut file, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        for (id, part) in self.components.iter().enumerate() {
            let mut content = vec![id as u8];
            content.extend(ZIGZAG.map(|place| part.steps[place]));
            segment(&mut file, 0xdb, &content);
        }
        let count = self.components.len() as u8;
        let mut frame = vec![8];
        frame.extend((self.height as u16).to_be_bytes());
        frame.extend((self.width as u16).to_be_bytes());
        frame.push(count);
        for (id, part) in self.components.iter().enumerate() {
            frame.extend([id as u8 + 1, (part.across << 4 | part.down) as u8, id as u8]);
        }
        segment(&mut file, 0xc0, &frame);
        for (kind, codes) in [0x00, 0x01, 0x10, 0x11].iter().zip(&tables) {
            segment(&mut file, 0xc4, &[&[*kind][..], &codes.counts, &codes.symbols].concat());
        }
        if self.interval > 0 {
            segment(&mut file, 0xdd, &(self.interval as u16).to_be_bytes());
        }
        let mut scan = vec![count];
        for id in 0..count {
            scan.extend([id + 1, if id == 0 { 0x00 } else { 0x11 }]);
        }
        scan.extend([0, 63, 0]);
        segment(&mut file, 0xda, &scan);
        self.encode_units(&tables, &mut file);
        file.extend([0xff, 0xd9]);
        file
    }

    fn encode_units(&self, tables: &[Codes], file: &mut Vec<u8>) {
        let mut writer = Writer::default();
        let mut previous = vec![0; self.components.len()];
        for unit in 0..self.units.0 * self.units.1 {
            if self.interval > 0 && unit > 0 && unit % self.interval == 0 {
                writer.finish(file);
                file.extend([0xff, 0xd0 + ((unit / self.interval - 1) % 8) as u8]);
                previous.fill(0);
            }
            let (column, row) = (unit % self.units.0, unit / self.units.0);
            for (index, part) in self.components.iter().enumerate() {
                let table = usize::from(index > 0);
                for place in 0..part.across * part.down {
                    let (x, y) = (place % part.across, place / part.across);
                    let block = (row * part.down + y) * part.stride + column * part.across + x;
                    let codes = (&tables[table], &tables[2 + table]);
                    writer.block(codes, &part.blocks[block], &mut previous[index]);
                }
            }
        }
        writer.finish(file);
    }
}

fn segment(file: &mut Vec<u8>, marker: u8, content: &[u8]) {
    file.extend([0xff, marker]);
    file.extend((content.len() as u16 + 2).to_be_bytes());
    file.extend(content);
}

/// A Huffman code for all runs, with values of up to eleven bits.
struct Codes {
    counts: [u8; 16],
    symbols: Vec<u8>,
    /// The code and its bits.
    by_symbol: Vec<(u32, u32)>,
}

impl Codes {
    fn random(random: &mut Random) -> Self {
        // Those of small values come first, as in photos; the order is random otherwise.
        let mut keyed: Vec<(u64, u8)> = (0..=255u8)
            .filter(|symbol| symbol & 15 < 12)
            .map(|symbol| (u64::from(symbol & 15) * 8 + random.below(40), symbol))
            .collect();
        keyed.sort_unstable();
        let symbols: Vec<u8> = keyed.into_iter().map(|(_, symbol)| symbol).collect();
        let mut counts = [0; 16];
        let mut codes = vec![(0, 0); 256];
        let (mut code, mut index) = (0u32, 0);
        for length in 1..=16u32 {
            code <<= 1;
            let left = (symbols.len() - index) as u64;
            // The code of ones only is reserved, and the others must all fit into 16 bits.
            let free = (1 << length) - 1 - u64::from(code);
            let room = |take: u64| ((free - take + 1) << (16 - length)) - 1;
            let most = (0..=free.min(left)).rev().find(|&take| room(take) >= left - take);
            let most = most.expect("there was room before");
            let take = if length == 16 { left } else { random.below(most + 1) };
            counts[length as usize - 1] = take as u8;
            for _ in 0..take {
                codes[usize::from(symbols[index])] = (code, length);
                code += 1;
                index += 1;
            }
        }
        Self { counts, symbols, by_symbol: codes }
    }
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Writer {
    fn bits(&mut self, value: u32, count: u32) {
        self.held = self.held << count | u64::from(value);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
        }
    }

    fn code(&mut self, codes: &Codes, symbol: u8) {
        let (code, length) = codes.by_symbol[usize::from(symbol)];
        assert!(length > 0, "every symbol has a code");
        self.bits(code, length);
    }

    /// A value after so many zeros: its code and its bits.
    fn value(&mut self, codes: &Codes, zeros: u8, value: i32) {
        let size = 32 - value.unsigned_abs().leading_zeros();
        self.code(codes, zeros << 4 | size as u8);
        if size > 0 {
            let bits = if value < 0 { value + (1 << size) - 1 } else { value };
            self.bits(bits as u32, size);
        }
    }

    fn block(&mut self, (dc, ac): (&Codes, &Codes), block: &[i32; 64], previous: &mut i32) {
        self.value(dc, 0, block[0] - *previous);
        *previous = block[0];
        let mut zeros = 0;
        for place in &ZIGZAG[1..] {
            if block[*place] == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 {
                self.code(ac, 0xf0);
                zeros -= 16;
            }
            self.value(ac, zeros, block[*place]);
            zeros = 0;
        }
        if zeros > 0 {
            self.code(ac, 0);
        }
    }

    /// Fills the last byte with ones.
    fn finish(&mut self, file: &mut Vec<u8>) {
        if self.count > 0 {
            let room = 8 - self.count;
            self.bits((1 << room) - 1, room);
        }
        file.append(&mut self.bytes);
    }
}

/// T.81, figure A.6: along the diagonals, up and down in turn.
const ZIGZAG: [usize; 64] = {
    let mut places = [0; 64];
    let (mut at, mut sum) = (0, 0);
    while sum < 15 {
        let mut step = 0;
        while step <= sum {
            let (row, column) = if sum % 2 == 0 { (sum - step, step) } else { (step, sum - step) };
            if row < 8 && column < 8 {
                places[at] = 8 * row + column;
                at += 1;
            }
            step += 1;
        }
        sum += 1;
    }
    places
};
