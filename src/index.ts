export type { ClientFunction, ClientSettings, ImapflowOptions, NodemailerOptions } from './clients/library.js';
export { Fault, type FaultCode } from './fault.js';
export { proxy, type NamedProxyOptions } from './run/named-proxy.js';
export type { ProxyConnection, ProxyOutcome, RunningProxy } from './run/proxy.js';
export type { Report, Result } from './run/report-model.js';
export { testClient, type ClientResult, type TestClientOptions, type TestedClient } from './run/test-client.js';
export { defineScenario, type Scenario, type Variant } from './scenarios/scenario.js';
export type { Known } from './verdict/known.js';
