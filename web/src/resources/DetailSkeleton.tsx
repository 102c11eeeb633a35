import { Bone } from '../ui/States';

/** In place of a page about one thing. */
export function DetailSkeleton() {
  return (
    <div className="px-4 pt-5 sm:px-6">
      <Bone className="mb-3 h-3 w-20" />
      <Bone className="mb-2 h-6 w-56" />
      <Bone className="mb-8 w-80 max-w-full" />
      <Bone className="mb-6 h-px w-full" />
      {['w-72', 'w-64', 'w-80', 'w-56', 'w-72', 'w-60'].map((width, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={index} className="mb-3.5 flex gap-8">
          <Bone className="w-28" />
          <Bone className={`${width} max-w-full`} />
        </div>
      ))}
    </div>
  );
}
