//! A field as a file for other programs.

use crate::result_file::Format;

pub(crate) const NPY: Format =
    Format { flag: "--npy", name: "NumPy's format", endings: &["npy"], is_text: false };
pub(crate) const CSV: Format =
    Format { flag: "--csv", name: "comma-separated values", endings: &["csv"], is_text: true };

/// What an NPY file begins with, and its version 1.0.
const NPY_MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// Numbers begin at a multiple of this.
const NPY_ALIGNMENT: usize = 64;

/// The array (`size`, `size`) of doubles, as `numpy.load` reads it.
pub(crate) fn npy(field_mv: &[f64], size: usize) -> Vec<u8> {
    let shape = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({size}, {size}), }}");
    // Behind the magic come two bytes with the length of the header, which ends a line.
    let before = NPY_MAGIC.len() + 2;
    let whole = (before + shape.len() + 1).next_multiple_of(NPY_ALIGNMENT);
    let header = format!("{shape:width$}\n", width = whole - before - 1);
    let mut file = Vec::with_capacity(whole + size_of_val(field_mv));
    file.extend_from_slice(NPY_MAGIC);
    file.extend_from_slice(&(header.len() as u16).to_le_bytes());
    file.extend_from_slice(header.as_bytes());
    file.extend(field_mv.iter().flat_map(|mv| mv.to_le_bytes()));
    file
}

/// A line a row of the lattice, with the fewest digits that read back to the same bits.
pub(crate) fn csv(field_mv: &[f64], size: usize) -> Vec<u8> {
    let rows = field_mv.chunks_exact(size).map(|row| {
        let cells: Vec<String> = row.iter().map(f64::to_string).collect();
        cells.join(",") + "\n"
    });
    rows.collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numpy_s_header_is_whole_and_aligned() {
        let field: Vec<f64> = (0..16).map(f64::from).collect();
        let file = npy(&field, 4);
        let header = &file[..file.len() - 128];
        assert_eq!(header.len() % NPY_ALIGNMENT, 0);
        assert_eq!(usize::from(u16::from_le_bytes([file[8], file[9]])), header.len() - 10);
        let text = std::str::from_utf8(&header[10..]).expect("text");
        assert!(text.starts_with("{'descr': '<f8', 'fortran_order': False, 'shape': (4, 4), }"));
        assert!(text.ends_with('\n'));
        assert_eq!(file[file.len() - 8..], 15.0_f64.to_le_bytes());
    }

    #[test]
    fn a_row_is_a_line() {
        let text = csv(&[-70.5, 1.0, 0.1, -0.25], 2);
        assert_eq!(text, b"-70.5,1\n0.1,-0.25\n");
    }
}
