'use strict';

module.exports = require('./native.cjs')('../dist/scenario.js');
