//! Fills an installation that is not running with days of calls: `week FOLDER < plan.json`, where FOLDER is its data
//! directory. Prints how many calls that were.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for the benchmarks: what fails ends it")]

mod traffic;

use std::path::PathBuf;
use std::sync::Arc;

use keyward_model::clock::SystemClock;
use keyward_store::Store;

#[tokio::main]
async fn main() {
    let folder: PathBuf = std::env::args().nth(1).unwrap().into();
    let plan: traffic::Plan = serde_json::from_reader(std::io::stdin()).unwrap();
    let database = format!("sqlite://{}", folder.join("keyward.db").display());
    let store = Store::open(&database, Arc::new(SystemClock::new())).await.unwrap();
    println!("{}", traffic::write(&plan, &folder.join("calls"), store).await);
}
