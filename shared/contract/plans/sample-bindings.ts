import type { Bindings } from '../bindings.ts';

const person = (number: number, name: string) => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  name,
});

const INGRID = person(1, 'Ingrid Holm');
const MARTIN = person(2, 'Martin Beck');
const SOFIA = person(3, 'Sofia Lind');
const JONAS = person(4, 'Jonas Krag');
const AMIRA = person(5, 'Amira Nasser');
const PETER = person(6, 'Peter Vang');
const LUCIA = person(7, 'Lucia Moreno');
const HENRIK = person(8, 'Henrik Dahl');
const YUKI = person(9, 'Yuki Tanaka');

/** Bindings of the made-up customer of the documentation, the local run and the tests: nobody in them exists. */
export const sampleBindings = (): Bindings => ({
  lcs: {
    projectId: '1234567',
    sandboxEnvironmentId: '5f9d2a40-6c1e-4d0b-9a57-1f2e8c7b3a61',
    productionEnvironmentId: 'c3b1e7d2-08a4-4f6e-b5c9-7d40a9e61b52',
  },
  source: { server: 'AXSQL01', database: 'AX2012PROD' },
  target: { server: 'spartan-srv-eu-d365opsprod-41', database: 'db_d365opsprod_uat_ax' },
  aosHosts: ['AXAOS01', 'AXAOS02', 'AXBATCH01'],
  people: {
    'cutover-manager': [INGRID],
    dba: [MARTIN, SOFIA],
    'ax-admin': [JONAS],
    'functional-lead': [AMIRA],
    'finance-lead': [PETER],
    'integration-owner': [LUCIA],
    'platform-engineer': [HENRIK, SOFIA],
    'business-owner': [YUKI],
  },
  automations: { 'stop-aos': 'http://127.0.0.1:7072/automations/stop-aos' },
});
