/** The pages of the site, by what their reader wants to do; pages that stand in none are listed after them. */
export const JOBS: readonly (readonly [job: string, pages: readonly string[]])[] = [
  ['Validate my server', ['auditing', 'scanners', 'guide']],
  [
    'Put a client under regression',
    [
      'regression',
      'testing-clients',
      'clients',
      'node-runners',
      'python',
      'go',
      'java',
      'control',
      'drop-in',
      'chains',
    ],
  ],
  ['Test STARTTLS stripping in the lab', ['stripping', 'lab', 'proxy', 'serve']],
  ['Read a finding', ['finding', 'verdicts', 'reports', 'judge']],
  ['Write a scenario or a check', ['check', 'extending', 'architecture', 'library']],
  ['Monitor', ['monitoring']],
  ['Install', ['executable']],
  ['Trust waxseal', ['security']],
];
