//! What has not taken place yet, kept up to date while a search goes forth and back.

/// Members in a fixed order, and the first of them that has not taken place.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    members: Vec<u32>,
    first: usize,
}

impl Line {
    /// The members in the order of their keys.
    pub(super) fn by_key(mut members: Vec<u32>, key: impl Fn(u32) -> u32) -> Self {
        members.sort_by_key(|member| (key(*member), *member));
        Self { members, first: 0 }
    }

    /// Of each of so many members: its place in the line, [`u32::MAX`] where it is not in it.
    pub(super) fn places(&self, members: usize) -> Vec<u32> {
        let mut places = vec![u32::MAX; members];
        self.write_places(&mut places);
        places
    }

    /// Writes down the place of each member in the line.
    pub(super) fn write_places(&self, places: &mut [u32]) {
        for (place, member) in (0..).zip(&self.members) {
            places[*member as usize] = place;
        }
    }

    pub(super) fn first(&self) -> Option<u32> {
        self.members.get(self.first).copied()
    }

    /// The members that have not taken place, in order.
    pub(super) fn left<'l>(&'l self, is_placed: &'l [bool]) -> impl Iterator<Item = u32> + 'l {
        let behind = self.members[self.first.min(self.members.len())..].iter();
        behind
            .copied()
            .filter(|member| !is_placed[*member as usize])
    }

    /// Hears that some member took place.
    pub(super) fn advance(&mut self, is_placed: &[bool]) {
        while self.first().is_some_and(|first| is_placed[first as usize]) {
            self.first += 1;
        }
    }

    /// Hears that the member at this place did not take place after all.
    pub(super) fn retreat(&mut self, place: u32) {
        self.first = self.first.min(place as usize);
    }
}
