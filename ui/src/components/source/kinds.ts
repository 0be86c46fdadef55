/** What the window says about each kind of source. */
export interface Kind {
  id: string;
  title: string;
  what: string;
  signIn: string;
  /** What to do over there with the address and the credentials. */
  steps: string;
}

export const KINDS: readonly Kind[] = [
  {
    id: 'secure-access',
    title: 'Cisco Secure Access',
    what: 'API anomalies, rule changes and tunnel alerts by webhook',
    signIn: 'basic',
    steps: 'In Secure Access, add a webhook integration with this address, then its user name and password.',
  },
  {
    id: 'alertmanager',
    title: 'Prometheus Alertmanager',
    what: 'Firing and resolved alerts from a webhook receiver',
    signIn: 'basic',
    steps: 'In alertmanager.yml, add a webhook_configs entry with this url and basic_auth.',
  },
  {
    id: 'cloudevents',
    title: 'CloudEvents',
    what: 'Anything that posts CloudEvents 1.0 over HTTP',
    signIn: 'bearer',
    steps: 'Let the sender post to this address with the token as a Bearer token.',
  },
  {
    id: 'api-traffic',
    title: 'API traffic',
    what: 'Requests that a gateway, proxy or log shipper sends as events, for rules to watch',
    signIn: 'bearer',
    steps: 'Let the sender post events to this address with /events at its end and the token as a Bearer token.',
  },
];

export const SIGN_INS = ['basic', 'bearer', 'address-token'] as const;

export const kindOf = (id: string): Kind | undefined => KINDS.find((kind) => kind.id === id);
