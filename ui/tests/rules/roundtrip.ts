/** Every way a document goes through the studio; each has to leave its meaning as it was. */
import { type Doc, type Form, isShields, read, write } from '../../src/lib/rule/form';
import { edit, parse, print } from '../../src/lib/rule/text';

export interface Trip {
  /** Through the form, written anew from nothing. */
  form: string;
  /** As YAML. */
  yaml: string;
  /** As YAML, read here again. */
  again: string;
  /** As YAML with a comment, in which a part was changed and changed back. */
  edited: string;
}

/** Keys that the form does not show: they stay where they are. */
const BESIDE = ['enable', 'mode', 'tests', 'notificationTypes', 'emailRecipients', 'slackChannels', 'webhookUrls'];

/** What Shield cannot say turns its document into one of ours, and stays one when that is taken back. */
function asOurs(doc: Doc, form: Form): Doc {
  const ours = write({ ...form, severity: 'high' }, doc);
  return write({ ...read(ours), severity: form.severity }, ours);
}

export function trip(text: string): Trip {
  const doc = JSON.parse(text) as Doc;
  const beside = Object.fromEntries(Object.entries(doc).filter(([key]) => BESIDE.includes(key)));
  const yaml = print(doc);
  const form = read(doc);
  const other = write({ ...form, name: `${form.name}: x`, tags: ['a', ...form.tags] }, doc);
  const commented = `# kept\n${yaml}`;
  const edited = edit(edit(commented, doc, other), other, doc);
  if (!edited.startsWith('# kept')) throw new Error('a comment is gone');
  return {
    form: JSON.stringify(isShields(doc) ? asOurs(doc, form) : { ...write(form, {}), ...beside }),
    yaml,
    again: JSON.stringify(parse(yaml).doc),
    edited,
  };
}
