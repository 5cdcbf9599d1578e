export { defineCheck, type Check } from './checks/check.js';
export type { ClientFunction, ClientSettings, ImapflowOptions, NodemailerOptions } from './clients/library.js';
export { defineConfig, type ConfiguredClient, type ConfiguredTarget, type WaxsealConfig } from './config/config.js';
export { Fault, type FaultCode } from './fault.js';
export { audit, type AuditSession } from './audit/audit.js';
export { JournalFile, type JournalOrder } from './audit/journal-file.js';
export { auditDomains, type DomainOptions } from './domain/domain-audit.js';
export { Resolver } from './dns/resolver.js';
export type { AuditOptions } from './audit/options.js';
export { judge, judgeReport, type JudgeReportOptions } from './document/judge.js';
export {
  proxy,
  socksProxy,
  type NamedProxyOptions,
  type NamedSocksOptions,
  type ReportingProxy,
} from './serving/named-proxy.js';
export { serve, type NamedEndpoint, type NamedServeOptions, type RunningServer } from './serving/named-serve.js';
export type { ProxyOutcome } from './serving/outcomes.js';
export type { ProxyConnection, RunningProxy } from './serving/proxy.js';
export type { Report, Result } from './document/report-model.js';
export type { ServedVerdict } from './serving/serve.js';
export { renderReport, type RenderOptions } from './report/render.js';
export {
  testClient,
  type ClientResult,
  type ClientResults,
  type TestClientOptions,
  type TestedClient,
} from './testing/test-client.js';
export { defineScenario, type Scenario, type Variant } from './scenarios/scenario.js';
export type { Known } from './verdict/known.js';
export type { Recording } from './verdict/recording.js';
