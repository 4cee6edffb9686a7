//! Which of the tokens before it a token looks at.

use crate::elementwise::{dot, softmax};

/// Causal self-attention with several heads: `qkv` has a row for each token with its query, key and value,
/// each `width` numbers, of which each head has an equal part. Puts out the rows from `first` on.
#[expect(clippy::cast_precision_loss, reason = "a width is far below 2^24")]
pub(crate) fn attend(qkv: &[f32], width: usize, heads: usize, first: usize, out: &mut Vec<f32>) {
    let tokens = qkv.len() / (3 * width);
    let size = width / heads;
    let scale = 1.0 / (size as f32).sqrt();
    let part = |token: usize, which: usize, head: usize| {
        let start = (3 * token + which) * width + head * size;
        &qkv[start..start + size]
    };
    out.clear();
    out.resize((tokens - first) * width, 0.0);
    let mut weights = Vec::with_capacity(tokens);
    for (token, row) in (first..tokens).zip(out.chunks_exact_mut(width)) {
        for (head, out) in row.chunks_exact_mut(size).enumerate() {
            let query = part(token, 0, head);
            weights.clear();
            weights.extend((0..=token).map(|other| dot(query, part(other, 1, head)) * scale));
            softmax(&mut weights);
            for (other, weight) in weights.iter().enumerate() {
                for (out, value) in out.iter_mut().zip(part(other, 2, head)) {
                    *out += weight * value;
                }
            }
        }
    }
}
