//! The values of a field that events have shown.

use tocsin_model::field::Field;

use super::Columns;

impl Columns {
    /// The values of a field that contain `part`, whatever the case, each with how many events have it; those that most
    /// have first, then by their text. `None` when the field is not loaded. A value that is spelt in several ways is
    /// told as it was first spelt.
    #[must_use]
    pub fn values_of(&self, field: &Field, part: &str, limit: usize) -> Option<Vec<(String, u64)>> {
        let column = self.column(field)?;
        let values = column.values();
        let mut counts = vec![0_u64; values.members().len() + 1];
        column.each_value(|code| {
            if let Some(count) = counts.get_mut(values.same(code) as usize) {
                *count += 1;
            }
        });
        let part = part.to_lowercase();
        let written = |code: u32| values.member(code).map(|member| member.written().to_owned());
        let mut found: Vec<(String, u64)> = (0..)
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .filter_map(|(code, count)| Some((written(code)?, count)))
            .filter(|(text, _)| part.is_empty() || text.to_lowercase().contains(&part))
            .collect();
        found.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        found.truncate(limit);
        Some(found)
    }
}
