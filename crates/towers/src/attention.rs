//! Which tokens a token looks at.

use crate::elementwise::softmax;
use crate::instructions::{InstructionSet, multiply_floats};
use crate::panels::Panels;
use crate::{BLOCK, Block, OUTPUTS};

/// Self-attention with several heads, and the memory it needs.
#[derive(Debug, Default)]
pub(crate) struct Attention {
    keys: Vec<Block>,
    values: Vec<Block>,
    scores: Vec<[f32; OUTPUTS]>,
    sums: Vec<[f32; OUTPUTS]>,
}

/// Which tokens a token sees: those up to itself (of texts), or all (of pictures).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    Back,
    Everywhere,
}

/// Some tokens, of which the rows are wanted.
pub(crate) type Wanted = std::ops::Range<usize>;

impl Attention {
    /// `qkv` has a row for each token with its query, key and value, each `width` numbers, of which each of the
    /// `heads` has an equal part. Puts out the rows of the wanted tokens.
    #[expect(clippy::cast_precision_loss, reason = "a width is far below 2^24")]
    pub(crate) fn attend<Set: InstructionSet>(
        &mut self,
        set: Set,
        qkv: &[f32],
        [width, heads]: [usize; 2],
        sight: Sight,
        wanted: Wanted,
        out: &mut Vec<f32>,
    ) {
        let (tokens, size) = (qkv.len() / (3 * width), width / heads);
        let scale = 1.0 / (size as f32).sqrt();
        let part = |token: usize, which: usize, head: usize| {
            &qkv[(3 * token + which) * width + head * size..][..size]
        };
        // What no token fills stays zero.
        let (key_panels, value_panels) = (tokens.div_ceil(OUTPUTS), size.div_ceil(OUTPUTS));
        for (blocks, count) in
            [(&mut self.keys, key_panels * size), (&mut self.values, value_panels * tokens)]
        {
            blocks.clear();
            blocks.resize(count, [0; BLOCK]);
        }
        self.scores.resize(wanted.len() * key_panels, [0.0; OUTPUTS]);
        self.sums.resize(wanted.len() * value_panels, [0.0; OUTPUTS]);
        out.clear();
        out.resize(wanted.len() * width, 0.0);
        for head in 0..heads {
            for token in 0..tokens {
                let keys = &mut self.keys[token / OUTPUTS * size..][..size];
                for (block, key) in keys.iter_mut().zip(part(token, 1, head)) {
                    block.as_chunks_mut().0[token % OUTPUTS] = key.to_le_bytes();
                }
                for (panel, values) in part(token, 2, head).chunks(OUTPUTS).enumerate() {
                    let block = &mut self.values[panel * tokens + token];
                    for (bytes, value) in block.as_chunks_mut().0.iter_mut().zip(values) {
                        *bytes = value.to_le_bytes();
                    }
                }
            }
            let queries: Vec<&[f32]> = wanted.clone().map(|token| part(token, 0, head)).collect();
            let keys = Panels::bare(&self.keys, size);
            multiply_floats(set, &queries, keys, &mut self.scores, key_panels);
            set.run(|| {
                for (token, row) in wanted.clone().zip(self.scores.chunks_exact_mut(key_panels)) {
                    let seen = if sight == Sight::Back { token + 1 } else { tokens };
                    let (seen, unseen) = row.as_flattened_mut().split_at_mut(seen);
                    softmax(set, seen, scale);
                    unseen.fill(0.0);
                }
            });
            let rows = self.scores.chunks_exact(key_panels);
            let weights: Vec<&[f32]> = rows.map(|row| &row.as_flattened()[..tokens]).collect();
            let values = Panels::bare(&self.values, tokens);
            multiply_floats(set, &weights, values, &mut self.sums, value_panels);
            let rows = out.chunks_exact_mut(width).zip(self.sums.chunks_exact(value_panels));
            for (out, sums) in rows {
                out[head * size..][..size].copy_from_slice(&sums.as_flattened()[..size]);
            }
        }
    }
}
