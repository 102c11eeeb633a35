import { ConflictDialog } from '../../resources/ConflictDialog';
import type { Resource } from '../../resources/resource';
import { nameOf } from '../actions';
import type { Token } from '../queries';
import { type Edited, editedOf } from './form';

interface ConflictProps {
  base: Edited;
  mine: Edited;
  theirs: Token;
  onTogether: (onto: Token, together: Partial<Edited>) => void;
  onTheirs: () => void;
  onClose: () => void;
}

/** Somebody else changed the token meanwhile. */
export function Conflict({ base, mine, theirs, onTogether, onTheirs, onClose }: ConflictProps) {
  // The dialog is for resources; of a token it needs no more than this.
  const resource = {
    name: nameOf(theirs),
    version: theirs.version,
    updated_at: theirs.updated_at,
    spec: editedOf(theirs),
  } as unknown as Resource;
  return (
    <ConflictDialog
      base={base}
      mine={mine}
      theirs={resource}
      onTogether={(spec) => onTogether(theirs, spec as Partial<Edited>)}
      onTheirs={onTheirs}
      onClose={onClose}
    />
  );
}
