//! A map from two numbers, of which the second is small most of the time.

use rustc_hash::FxHashMap;

/// Columns below stand in arrays.
const NEAR: u32 = 1 << 12;

/// A growing map from a row and a column.
///
/// # Complexity
/// Two array accesses for the first columns, one hash for others. Space: a slot for each column up to the greatest that is used in its row.
#[derive(Debug)]
pub(super) struct Grid<T> {
    rows: Vec<Vec<Option<T>>>,
    far: FxHashMap<(u32, u32), T>,
}

impl<T> Default for Grid<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            far: FxHashMap::default(),
        }
    }
}

impl<T: Copy> Grid<T> {
    pub(super) fn get(&self, row: u32, column: u32) -> Option<T> {
        if column >= NEAR {
            return self.far.get(&(row, column)).copied();
        }
        *self.rows.get(row as usize)?.get(column as usize)?
    }

    pub(super) fn insert(&mut self, row: u32, column: u32, value: T) {
        if column >= NEAR {
            self.far.insert((row, column), value);
            return;
        }
        let (row, column) = (row as usize, column as usize);
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        let row = &mut self.rows[row];
        if row.len() <= column {
            row.resize(column + 1, None);
        }
        row[column] = Some(value);
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, NEAR};

    #[test]
    fn what_is_put_in_comes_out_near_and_far() {
        let mut grid = Grid::default();
        let places = [(0, 0), (3, NEAR - 1), (3, NEAR), (1, u32::MAX)];
        for (value, (row, column)) in places.into_iter().enumerate() {
            assert_eq!(grid.get(row, column), None);
            grid.insert(row, column, value);
        }
        for (value, (row, column)) in places.into_iter().enumerate() {
            assert_eq!(grid.get(row, column), Some(value));
        }
        assert_eq!(grid.get(2, 5), None);
    }
}
