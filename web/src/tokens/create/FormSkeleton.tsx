import { Bone } from '../../ui/States';

export function FormSkeleton() {
  return (
    <div className="flex flex-col gap-6">
      <Bone className="h-16 w-full max-w-3xl" />
      <Bone className="h-8 w-full max-w-md" />
      <Bone className="h-8 w-full max-w-md" />
      <Bone className="h-32 w-full max-w-3xl" />
    </div>
  );
}
