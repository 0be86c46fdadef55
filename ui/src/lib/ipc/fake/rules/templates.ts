/** The catalogue: the engine's own templates. */
import type { TemplateView } from '../../client';

const template = (view: Omit<TemplateView, 'document' | 'system'> & { rule: object }): TemplateView => {
  const { rule, ...rest } = view;
  return { ...rest, system: 'shield', document: JSON.stringify(rule) };
};

export const TEMPLATES: TemplateView[] = [
  template({
    id: 'shield/bypass-activity',
    name: 'Bypass Activity',
    about: 'Traffic went past the proxy without being looked at: a policy, a fault, or somebody who found a way round.',
    needs: "Shield's transactions, by the event feed of a source; “bypassed” is said of each.",
    respond:
      'See which host and user it was. A policy that leaves them out is changed there; a fault of the proxy goes to whoever runs it; a way round that somebody found is closed, and they are asked.',
    noise: 'Hosts that are left out on purpose. Add a condition that leaves them out.',
    places: [],
    rule: {
      name: 'Bypass Activity',
      description: 'Traffic that went past inspection',
      severity: 'high',
      mode: 'shadow',
      conditions: [{ type: 'bypassed', values: ['true'] }],
      window: { kind: 'rolling', thresholdTime: '1', thresholdType: 'hours' },
      tags: ['operations'],
    },
  }),
  template({
    id: 'shield/data-exfiltration',
    name: 'Potential Data Exfiltration',
    about: 'Sensitive data was found in a request that leaves, such as an upload.',
    needs: "Shield's transactions, by the event feed of a source, with ICAP REQMOD switched on for uploads.",
    respond:
      "Look at the user's other uploads and where they went. Block the host or the user in Shield while you ask; keep the transaction's id for the record.",
    noise:
      'Uploads that are part of the work. Group it by user name and raise the threshold, or leave known hosts out.',
    places: [],
    rule: {
      name: 'Potential Data Exfiltration',
      description: 'Sensitive data in outgoing requests',
      severity: 'high',
      mode: 'shadow',
      conditions: [
        { type: 'detected', values: ['true'] },
        { type: 'icap_mode', values: ['REQMOD'] },
      ],
      window: { kind: 'rolling', thresholdTime: '5', thresholdType: 'minutes' },
      tags: ['attack.t1567'],
    },
  }),
  template({
    id: 'shield/unmasked-data',
    name: 'HIPAA Data Leakage',
    about: 'A kind of data that has to be masked was found and was not masked: it may have left the organisation.',
    needs: "Shield's transactions, by the event feed of a source, and a data type for what has to be masked.",
    respond:
      'Find out which application sent it unmasked and to whom. Switch on masking for that data type and application; whoever minds data protection decides whether it has to be reported.',
    noise: 'Test records and masked copies that the data type still recognises. Name only the data types that matter.',
    places: [
      {
        name: 'datatypes',
        about: 'the ids of Shield’s data types, such as the one for health records',
        condition: 0,
      },
    ],
    rule: {
      name: 'HIPAA Data Leakage',
      description: 'Unmasked personal or health data leaving the organisation',
      severity: 'high',
      mode: 'shadow',
      conditions: [
        { type: 'datatypes_detected', values: ['phi-uuid'] },
        { type: 'obfuscated', values: ['false'] },
      ],
      window: { kind: 'rolling', thresholdTime: '1', thresholdType: 'minutes' },
      tags: ['compliance'],
    },
  }),
];
