'use strict';

module.exports = require('./native.cjs')('../dist/runner/index.js');
