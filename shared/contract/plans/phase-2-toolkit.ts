import type { StepDocument } from '../plan.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, toolkit } = stepsOfPhase(2);

/** The toolkit on the source server, and its first entry. */
export const toolkitSetUp = (): readonly StepDocument[] => [
  task({
    id: 'install-toolkit',
    title: 'Put the toolkit on the source SQL Server',
    after: ['approve-start'],
    owner: 'dba',
    planned: '1h',
    deadline: '2d',
    confirm: [
      'The ZIP file was unblocked before it was extracted.',
      'The version is 1.0.12 or later.',
      'The folder is on the source SQL Server, on a local disk.',
      '.NET Framework 4.7.1 or later is installed.',
      'NumberOfPublishers in App.config is 4, as this plan has four keyed publications.',
    ],
    instruction: [
      'Download "AX 2012 Database Upgrade Toolkit for Dynamics 365" from the Shared asset library of Lifecycle Services, type Model.',
      'Right-click the ZIP > Properties > Unblock, then extract it on the source SQL Server.',
      'If you change NumberOfPublishers, change the number of "start snapshot" steps of this plan too.',
      'Note whose Windows session runs the tool: the folder and its state files are handed over with it.',
    ],
  }),
  task({
    id: 'review-table-lists',
    title: 'Review ignored and special tables',
    after: ['install-toolkit'],
    owner: 'dba',
    planned: '1h',
    deadline: '2d',
    confirm: [
      'IgnoreTables.xml names only tables that are not in the AOT, each with a reason and an owner.',
      'SpecialTables.xml names the very large tables to be started in the downtime, or does not exist.',
      'IgnoreFunctions.xml is as it was in the last successful test upgrade.',
    ],
    instruction: [
      'The files are in the folder Data of the toolkit. Ignoring a table that is in the AOT makes the data upgrade fail.',
      'The exclusions are part of the scope of every count; they are listed in the report.',
    ],
  }),
  toolkit({
    id: 'set-up-environment',
    title: 'Toolkit 1: Environment setup activity',
    after: ['review-table-lists'],
    owner: 'dba',
    planned: '30min',
    deadline: '1d',
    entry: 1,
    expects: [{ is: 'lcs-state', state: 'Deployed' }],
    instruction: [
      'Start DataMigrationTool.exe, choose the cloud, sign in, enter the project id and the id of the sandbox, never that of production.',
      'Choose menu entry 1 and type server, database, login (sysadmin), password, the public IP address, and the paths of the distribution database and the snapshots.',
      'The password is asked at the console, so this is always done by a person.',
      'Read afterwards: Lifecycle Services shows the sandbox as Deployed.',
    ],
  }),
];
