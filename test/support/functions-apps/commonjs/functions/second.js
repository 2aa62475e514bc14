/* global require -- the app is CommonJS */
const { app } = require('@azure/functions');
const core = require('@azure/functions-core');

app.get('second', () => ({ jsonBody: Object.keys(core).sort() }));
