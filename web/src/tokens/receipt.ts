import type { Schemas } from '../api/client';
import type { Receipt } from './queries';

/** A node of a receipt; gone when it is no longer among the nodes. */
export type ReceiptNode = Schemas['ReceiptNode'] & { gone?: boolean };
type NodeState = Pick<ReceiptNode, 'node' | 'revision' | 'seen_at'>;

export interface KnownReceipt {
  revision: number;
  nodes: ReceiptNode[];
}

/** Nodes say every two seconds how far they are. */
const silence = 15_000;

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

/** The receipt by what the nodes say now. Since when a node refuses stays as it was first heard. */
export function heard({ revision, nodes }: KnownReceipt, states: readonly NodeState[]): KnownReceipt {
  const known = nodes.map((node): ReceiptNode => {
    if (node.refuses) return node;
    const state = states.find((one) => one.node === node.node);
    return state ? { ...state, refuses: state.revision >= revision } : { ...node, gone: true };
  });
  const joined = states.filter((state) => !nodes.some((node) => node.node === state.node));
  return {
    revision,
    nodes: [...known, ...joined.map((one) => ({ ...one, refuses: one.revision >= revision }))],
  };
}

/** Whether there is nothing left to wait for. */
export function isSettled({ nodes }: KnownReceipt): boolean {
  return nodes.every((node) => node.refuses || node.gone);
}

export type NodeAnswer = 'refuses' | 'waits' | 'silent' | 'gone';

/** What a node does with calls of the token, as far as is known at a moment. */
export function answerOf(node: ReceiptNode, now: number): NodeAnswer {
  if (node.refuses) return 'refuses';
  if (node.gone) return 'gone';
  return now - Date.parse(node.seen_at) > silence ? 'silent' : 'waits';
}

/** How long to wait before the nodes are asked once more, in milliseconds. */
export function pause(asked: number): number {
  return Math.min(1000 * 2 ** asked, 5000);
}
