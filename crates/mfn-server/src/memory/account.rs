//! One part of the budget, and what tenants hold of it.

use std::collections::HashMap;

use crate::tenant::Tenant;

/// What is reserved of one part of the budget.
///
/// A tenant may hold as much as it leaves free (the dynamic thresholds of
/// Choudhury and Hahne, IEEE/ACM Trans. Networking 6, 1998, 130-140). So one
/// alone holds at most half, two hold at most a third each, and there is always
/// something left for a tenant that comes next. What computes for hours cannot
/// be made to give memory back, so it must not have taken all of it before.
#[derive(Debug, Default)]
pub(super) struct Account {
    reserved: usize,
    by_tenant: HashMap<Tenant, usize>,
    /// What tenants that hold nothing were refused. Those that hold something leave
    /// room for it, or small ones would pass a large one for ever.
    first_refused: HashMap<Tenant, usize>,
}

/// The part of the budget that an account is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) size: usize,
    /// Beside so many reserved bytes a further reservation counts as the only one:
    /// what is left of answers that are not read must not hold up the largest call.
    pub(super) negligible: usize,
}

impl Account {
    /// How many bytes are reserved.
    pub(super) fn reserved(&self) -> usize {
        self.reserved
    }

    /// Reserves `bytes` for `tenant`, if there is room. Returns whether there was.
    /// The first reservation of a tenant has room if it fits at all, and so has
    /// whatever is all but alone: nothing is too large for ever.
    pub(super) fn reserve(&mut self, tenant: &Tenant, bytes: usize, part: Part) -> bool {
        let Part { size, negligible } = part;
        let held = self.by_tenant.get(tenant).copied().unwrap_or(0);
        let wanted_by_others = if held == 0 { 0 } else { self.most_refused() };
        let free_then = size.checked_sub(self.reserved.saturating_add(bytes));
        let has_room = free_then
            .is_some_and(|free| held == 0 || (held + bytes <= free && wanted_by_others <= free));
        let is_alone = self.reserved <= negligible && wanted_by_others == 0;
        if bytes > 0 && !is_alone && !has_room {
            if held == 0 {
                self.first_refused.insert(tenant.clone(), bytes);
            }
            return false;
        }
        self.first_refused.remove(tenant);
        if bytes > 0 {
            self.reserved += bytes;
            *self.by_tenant.entry(tenant.clone()).or_default() += bytes;
        }
        true
    }

    /// `tenant` gives back so many of the bytes that it has reserved.
    pub(super) fn give_back(&mut self, tenant: &Tenant, bytes: usize) {
        self.reserved -= bytes;
        if let Some(held) = self.by_tenant.get_mut(tenant) {
            *held -= bytes;
            if *held == 0 {
                self.by_tenant.remove(tenant);
            }
        }
    }

    /// Nobody leaves room any more for what `tenant` was refused.
    pub(super) fn forget(&mut self, tenant: &Tenant) {
        self.first_refused.remove(tenant);
    }

    /// Who holds something was not refused its first reservation, so this is of
    /// others.
    fn most_refused(&self) -> usize {
        self.first_refused.values().copied().max().unwrap_or(0)
    }
}
