'use strict';

module.exports = require('./native.cjs')('../dist/mocha/index.js');
