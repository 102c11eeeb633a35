//! Conditions that both databases understand alike.

use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};

use crate::row::signed;

/// Whether a column's text begins with `prefix`. Not LIKE, for which SQLite's letters have no case.
pub(crate) fn begins_with(column: &'static str, prefix: &str) -> Expr {
    let length = signed(prefix.chars().count() as u64);
    let start = Func::cust("substr").args([Expr::col(column), Expr::cust("1"), Expr::val(length).cast_as("INTEGER")]);
    Expr::from(start).eq(prefix)
}

/// Whether a column of small letters contains `text`.
pub(crate) fn contains(column: (&'static str, &'static str), text: &str) -> Expr {
    let escaped: String = lowered(text)
        .chars()
        .flat_map(|c| ['\\', '%', '_'].contains(&c).then_some('\\').into_iter().chain([c]))
        .collect();
    Expr::col(column).like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
}

/// Text in small letters, without the one character that PostgreSQL cannot hold.
pub(crate) fn lowered(text: &str) -> String {
    text.to_lowercase().replace('\0', "")
}
