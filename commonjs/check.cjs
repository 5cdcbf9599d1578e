'use strict';

module.exports = require('./native.cjs')('../dist/check.js');
