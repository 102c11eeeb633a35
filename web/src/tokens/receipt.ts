import type { Receipt } from './queries';

/** One receipt for several revocations: a node refuses them all only when it refuses the latest. */
export function mergedReceipt(receipts: readonly Receipt[]): Receipt {
  const [first, ...rest] = receipts;
  if (!first) throw new Error('there is no receipt to merge');
  return rest.reduce((merged, receipt) => {
    const newer = receipt.revision > merged.revision ? receipt : merged;
    const older = newer === receipt ? merged : receipt;
    const names = new Set([...newer.nodes, ...older.nodes].map((node) => node.node));
    const nodes = [...names].flatMap((name) => {
      const now = newer.nodes.find((node) => node.node === name);
      const before = older.nodes.find((node) => node.node === name);
      return now ?? (before ? [{ ...before, refuses: before.revision >= newer.revision }] : []);
    });
    return { revision: newer.revision, nodes };
  }, first);
}
