/* global require -- the app is CommonJS */
const { app } = require('@azure/functions');

app.get('first', () => ({ body: 'first' }));
