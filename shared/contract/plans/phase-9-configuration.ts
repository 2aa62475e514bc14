import type { StepDocument } from '../plan.ts';
import type { Variant } from './step-builders.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, watchedTask } = stepsOfPhase(9);

/** What every refresh takes away or switches off, put back piece by piece. */
const afterRefresh = (): readonly StepDocument[] => [
  task({
    id: 'confirm-safe-state',
    title: 'Confirm that nothing runs and nobody is in',
    after: ['sign-off-refresh'],
    owner: 'platform-engineer',
    planned: '20min',
    deadline: '3h',
    confirm: [
      'All batch jobs are on Withhold.',
      'All users except administrators and service accounts are disabled.',
      'Endpoints of business events, data events and dual-write are empty.',
    ],
    instruction: [
      'A refresh does this by itself; look, because the documentation is not of one mind about the users.',
      'If a batch job runs or a user is enabled, stop it now and tell the cutover manager.',
    ],
  }),
  task({
    id: 'register-app',
    title: 'Register the client of this app in production',
    after: ['sign-off-refresh'],
    owner: 'platform-engineer',
    planned: '15min',
    deadline: '3h',
    confirm: [
      'The client id of this app stands under Microsoft Entra applications with a user of read-only rights.',
    ],
    instruction: [
      'In production open System administration > Setup > Microsoft Entra ID applications; the refresh replaced the table.',
      'Without it the smoke test cannot read and is left to people.',
    ],
  }),
  task({
    id: 'restore-batch-servers',
    title: 'Set up batch servers, Entity store and system parameters',
    after: ['confirm-safe-state'],
    owner: 'platform-engineer',
    planned: '1h',
    deadline: '4h',
    confirm: [
      'Every batch group is bound to its servers and batch jobs belong to a service account.',
      'Entity store and help are set in the system parameters.',
    ],
    instruction: ['The refresh brings no server records. Leave every batch job on Withhold.'],
  }),
  task({
    id: 'restore-mail-and-documents',
    title: 'Set up e-mail, storage and document connections',
    after: ['confirm-safe-state'],
    owner: 'platform-engineer',
    planned: '1h',
    deadline: '4h',
    confirm: [
      'E-mail parameters, the Azure storage connection string and the keys of the document connections are entered.',
      'E-mail goes to a test mailbox only.',
      'Printers are connected by the Document Routing Agent.',
    ],
    instruction: ['Do not send to real recipients before the go-live is approved.'],
  }),
  task({
    id: 'restore-encrypted-values',
    title: 'Enter the encrypted values again',
    after: ['confirm-safe-state'],
    owner: 'functional-lead',
    planned: '1h',
    deadline: '4h',
    confirm: [
      'Payment services, exchange rate providers, fiscal establishments, personal identification numbers and the SMTP password are entered where they are used.',
    ],
    instruction: [
      'A refresh clears every field that is encrypted. Work through the list of the mock and take the values from the vault, two persons at a time.',
    ],
  }),
  task({
    id: 'migrate-attachments',
    title: 'Migrate the attachments',
    after: ['restore-mail-and-documents'],
    owner: 'functional-lead',
    planned: '2h',
    deadline: '8h',
    confirm: ['The migration of files has ended and a sample of old attachments opens.'],
    instruction: [
      'In production open Organization administration > Document management > Document management parameters and press Migrate files.',
      'In production, never in the sandbox: a refresh does not copy files.',
    ],
  }),
];

const configuration = (): readonly StepDocument[] => [
  task({
    id: 'configure-application',
    title: 'Configure the application',
    after: ['restore-batch-servers', 'restore-mail-and-documents', 'restore-encrypted-values'],
    owner: 'functional-lead',
    planned: '3h',
    deadline: '10h',
    confirm: ['Every line of the configuration list is done: what, by whom, how long it took.'],
    instruction: [
      'Work through the list of the mock: workspaces, number sequences, warehouse and project set-up, budget planning, commerce channels.',
      'What took longer than an hour in the mock should have become an upgrade script.',
    ],
  }),
  task({
    id: 'configure-isv-solutions',
    title: 'Configure the ISV solutions',
    after: ['restore-batch-servers', 'restore-encrypted-values'],
    owner: 'platform-engineer',
    planned: '1h 30min',
    deadline: '6h',
    confirm: ['Licences are valid in production and every solution passes its own check.'],
    instruction: ['Have the vendor at hand: licences are often bound to the environment.'],
  }),
  task({
    id: 'configure-integrations',
    title: 'Configure the integrations and leave them off',
    after: ['restore-batch-servers', 'restore-encrypted-values'],
    owner: 'integration-owner',
    planned: '2h',
    deadline: '6h',
    confirm: [
      'Endpoints and credentials of every integration point to production.',
      'Every integration is still switched off.',
    ],
    instruction: [
      'Test each connection without sending business data. A message that leaves now cannot be called back.',
    ],
  }),
  task({
    id: 'configure-reporting',
    title: 'Configure reporting',
    after: ['restore-batch-servers'],
    owner: 'finance-lead',
    planned: '1h 30min',
    deadline: '6h',
    confirm: [
      'Financial reports are generated for one company.',
      'The Entity store is refreshed and reports read it.',
    ],
    instruction: ['Reset the Financial Reporting data mart if it does not find the new ledger.'],
  }),
];

const CUSTOMER =
  '/data/CustomersV3?$filter=dataAreaId%20eq%20%27usmf%27&$select=dataAreaId,CustomerAccount&$top=1&cross-company=true';

const smokeTests = ({ mode }: Variant): readonly StepDocument[] => [
  watchedTask({
    kind: 'smoke-test',
    id: 'smoke-test',
    title: 'Check production by OData',
    after: ['register-app', 'configure-application'],
    owner: 'functional-lead',
    planned: '15min',
    deadline: '4h',
    params: {
      checks: [
        {
          name: 'Legal entities are there',
          path: '/data/LegalEntities?$select=LegalEntityId&$top=1',
          status: 200,
          pointer: null,
          equals: null,
        },
        {
          name: 'Customers of company usmf are there',
          path: CUSTOMER,
          status: 200,
          pointer: '/value/0/dataAreaId',
          equals: 'usmf',
        },
        {
          name: 'Released products are there',
          path: '/data/ReleasedProductsV2?$select=ItemNumber&$top=1&cross-company=true',
          status: 200,
          pointer: null,
          equals: null,
        },
        {
          name: 'Main accounts are there',
          path: '/data/MainAccounts?$select=MainAccountId&$top=1',
          status: 200,
          pointer: null,
          equals: null,
        },
      ],
    },
    instruction: [
      'With access to production nothing is to be pressed: each entity is read and compared. Without access open the same lists by hand and answer.',
      'Entities and the company usmf are examples: replace them with your own.',
    ],
  }),
  task({
    id: 'smoke-test-processes',
    title: 'Walk through the processes',
    after: ['configure-application', 'configure-isv-solutions'],
    owner: 'functional-lead',
    planned: '2h',
    deadline: '6h',
    confirm: [
      'All services are up and every part of the application can be reached.',
      'Each core process was walked through with an old record and with a new one.',
      'Every document that was posted stands in the list of postings.',
    ],
    instruction: [
      'Test old and new records separately, for example cancel one purchase order from before and one made now.',
      'Write down each posting with company and voucher: it is reversed before the go-live.',
    ],
  }),
  task({
    id: 'reverse-test-postings',
    title: 'Reverse the postings of the smoke test',
    after: ['smoke-test-processes'],
    owner: 'finance-lead',
    planned: '45min',
    deadline: '4h',
    confirm: ['Every posting in the list is reversed, and the list is stored with the evidence.'],
    instruction: ['Reverse, do not delete: the number sequences have moved on and auditors will ask why.'],
  }),
  task({
    id: 'reconcile-production',
    title: 'Reconcile production with the recorded figures',
    after: ['reverse-test-postings', 'configure-reporting'],
    owner: 'finance-lead',
    planned: '1h',
    deadline: '4h',
    confirm: ['General ledger and inventory value reconcile with the figures recorded when AX was stopped.'],
    instruction: [
      'By enquiry in the application: the database of production is never read directly.',
      ...(mode === 'mock'
        ? ['A difference now is the cheapest one you will ever find: explain it to the end.']
        : []),
    ],
  }),
];

/** Production put in order and tried out. */
export const configurationAndSmokeTest = (variant: Variant): readonly StepDocument[] => [
  ...afterRefresh(),
  ...configuration(),
  ...smokeTests(variant),
];
