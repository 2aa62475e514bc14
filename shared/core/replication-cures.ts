type Cure = {
  /** What the page "Troubleshoot data upgrade in self-service environments" calls the scenario, in short. */
  readonly scenario: string;
  /** Words or numbers that only this error has. */
  readonly says: RegExp;
  readonly next: string;
};

const RESTART = 'restart the log reader and distribution agents';

/** The errors of replication and of the toolkit for which Microsoft documents a cure; of others nothing is made up. */
const CURES: readonly Cure[] = [
  {
    scenario: 'the database has no owner',
    says: /\b15517\b|principal\s+"?'?dbo"?'?\s+does not exist/i,
    next: "Run EXEC sp_changedbowner 'sa' in the source database, then start the agent again.",
  },
  {
    scenario: 'a text is longer than replication may carry',
    says: /Length of LOB data .*exceeds configured maximum/i,
    next: `Run EXEC sp_configure 'max text repl size', -1 and RECONFIGURE on the source server, then ${RESTART}. Until then users of AX cannot save such texts either.`,
  },
  {
    scenario: 'the objects of the snapshot cannot be listed',
    says: /PrefetchObjects failed/i,
    next: 'Choose Generate Snapshot for the publication in Replication Monitor.',
  },
  {
    scenario: 'the toolkit waits for the snapshot for more than two hours',
    says: /Waiting for snapshot to complete/i,
    next: 'Choose Reinitialize Subscription for the publication in Replication Monitor, if it has waited for more than two hours.',
  },
  {
    scenario: 'source or target cannot be connected to',
    says: /\b40615\b|is not allowed to access the server|could not connect to Subscriber|connectivity to (?:the )?(?:source|target)\b.*\bfailed/i,
    next: 'Run toolkit entry 1 again: it puts the IP address of the source server on the allow-list of the target. Then start the agent again.',
  },
  {
    scenario: 'the toolkit asks for the ids again',
    says: /(?:project|environment)[- ]id.*\bagain\b/i,
    next: 'Check the role in Lifecycle Services of whoever runs the toolkit: ProjectOwner, EnvironmentAdmin or OperationsAdmin.',
  },
];

/** What the documentation says to do about an error of replication or of the toolkit; null for an unknown one. */
export const cureOf = (error: string): string | null =>
  CURES.find(({ says }) => says.test(error))?.next ?? null;
