/** The client of the real window: the generated commands, with failures thrown instead of returned. */
import { commands, events } from './bindings';
import type { Client, CommandName, OpenAlert, Unsubscribe } from './client';
import { toClientError } from './errors';

type Answer<T> = { status: 'ok'; data: T } | { status: 'error'; error: unknown };

async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (thrown) {
    throw toClientError(thrown);
  }
  if (answer.status === 'error') throw toClientError(answer.error);
  return answer.data;
}

interface Source<T> {
  listen(callback: (event: { payload: T }) => void): Promise<Unsubscribe>;
}

/** Listening starts a moment later, so ending it waits for that. */
function subscribe<T>(source: Source<T>, listener: (payload: T) => void): Unsubscribe {
  const started = source.listen((event) => listener(event.payload));
  return () => void started.then((stop) => stop());
}

/** The window can be opened on an alert before anybody listens here: then its address says which. */
function openedOn(): OpenAlert | null {
  const [, id] = /^#alert=([0-9a-f-]{36})$/.exec(location.hash) ?? [];
  if (id === undefined) return null;
  history.replaceState(null, '', location.pathname);
  return { id };
}

function onOpenAlert(listener: (target: OpenAlert) => void): Unsubscribe {
  const target = openedOn();
  if (target !== null) queueMicrotask(() => listener(target));
  return subscribe(events.openAlert, listener);
}

export function tauriClient(): Client {
  return {
    listAlerts: (spec) => unwrap(commands.listAlerts(spec)),
    countAlerts: (query, limit) => unwrap(commands.countAlerts(query, limit)),
    matchAlerts: (query, ids) => unwrap(commands.matchAlerts(query, ids)),
    getAlert: (id) => unwrap(commands.getAlert(id)),
    actOnAlerts: (ids, action) => unwrap(commands.actOnAlerts(ids, action)),
    undoChange: (changeId) => unwrap(commands.undoChange(changeId)),
    listSources: () => unwrap(commands.listSources()),
    addSource: (spec) => unwrap(commands.addSource(spec)),
    setSourceSecret: (name, secret) => unwrap(commands.setSourceSecret(name, secret)),
    removeSource: async (name) => void (await unwrap(commands.removeSource(name))),
    testSource: (name) => unwrap(commands.testSource(name)),
    listQuarantine: (source) => unwrap(commands.listQuarantine(source)),
    getQuarantine: (id) => unwrap(commands.getQuarantine(id)),
    retryQuarantine: (id) => unwrap(commands.retryQuarantine(id)),
    engineStatus: () => unwrap(commands.engineStatus()),
    actOnMatching: (query, action) => unwrap(commands.actOnMatching(query, action)),
    markSeen: async (ids) => void (await unwrap(commands.markSeen(ids))),
    similarAlerts: (id) => unwrap(commands.similarAlerts(id)),
    survey: (spec) => unwrap(commands.survey(spec)),
    suggestValues: (field, prefix, query, limit) => unwrap(commands.suggestValues(field, prefix, query, limit)),
    getEntity: (kind, value) => unwrap(commands.getEntity(kind, value)),
    listViews: () => unwrap(commands.listViews()),
    viewCounts: () => unwrap(commands.viewCounts()),
    saveView: (spec) => unwrap(commands.saveView(spec)),
    removeView: async (id) => void (await unwrap(commands.removeView(id))),
    listRules: () => unwrap(commands.listRules()),
    getRule: (name) => unwrap(commands.getRule(name)),
    checkRule: (document) => unwrap(commands.checkRule(document)),
    previewRule: (spec) => unwrap(commands.previewRule(spec)),
    suggestRule: (document, budget) => unwrap(commands.suggestRule(document, budget)),
    ruleFields: () => unwrap(commands.ruleFields()),
    ruleValues: (field, part, limit) => unwrap(commands.ruleValues(field, part, limit)),
    valueLists: () => unwrap(commands.valueLists()),
    saveRule: (spec) => unwrap(commands.saveRule(spec)),
    setRuleState: (name, state) => unwrap(commands.setRuleState(name, state)),
    removeRule: async (name) => void (await unwrap(commands.removeRule(name))),
    unremoveRule: (name) => unwrap(commands.unremoveRule(name)),
    restoreVersion: (name, number) => unwrap(commands.restoreVersion(name, number)),
    discardCandidate: (name) => unwrap(commands.discardCandidate(name)),
    explainRule: (document, event) => unwrap(commands.explainRule(document, event)),
    recentEvents: (document, limit) => unwrap(commands.recentEvents(document, limit)),
    whatIf: (name, alert) => unwrap(commands.whatIf(name, alert)),
    whyAlert: (id) => unwrap(commands.whyAlert(id)),
    listTemplates: () => unwrap(commands.listTemplates()),
    listDrafts: () => unwrap(commands.listDrafts()),
    saveDraft: async (key, text) => void (await unwrap(commands.saveDraft(key, text))),
    removeDraft: async (key) => void (await unwrap(commands.removeDraft(key))),
    exportRules: (names, format) => unwrap(commands.exportRules(names, format)),
    doctor: async () => ({ checks: await unwrap(commands.doctor()) }),
    getSettings: () => unwrap(commands.getSettings()),
    setSettings: (settings) => unwrap(commands.setSettings(settings)),
    previewRetention: (days, megabytes) => unwrap(commands.previewRetention(days, megabytes)),
    applyRetention: () => unwrap(commands.applyRetention()),
    exportAlerts: (query, sort, format, columns) => unwrap(commands.exportAlerts(query, sort, format, columns)),
    backup: () => unwrap(commands.backup()),
    restore: () => unwrap(commands.restore()),
    saveDiagnostics: () => unwrap(commands.saveDiagnostics()),
    importFiles: (source) => unwrap(commands.importFiles(source)),
    loadDemo: async () => void (await unwrap(commands.loadDemo())),
    wipeDemo: async () => void (await unwrap(commands.wipeDemo())),
    onAlertsChanged: (listener) => subscribe(events.alertsChanged, listener),
    onSourcesChanged: (listener) => subscribe(events.sourcesChanged, () => listener()),
    onEngineChanged: (listener) => subscribe(events.engineChanged, () => listener()),
    onActionDone: (listener) => subscribe(events.actionDone, listener),
    onOpenAlert,
    onRulesChanged: (listener) => subscribe(events.rulesChanged, () => listener()),
    onSettingsChanged: (listener) => subscribe(events.settingsChanged, () => listener()),
    onCommand: (listener) => subscribe(events.commandChosen, ({ name }) => listener(name as CommandName)),
  };
}
