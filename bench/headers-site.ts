// Serves every configuration of `test/fixtures/headers` on a port of its own, and says which: the bench's other half, so that
// what judging costs is not mixed with what answering costs. Its certificate's authority is written to the path it is given.
import {writeFileSync} from 'node:fs';
import {makeAuthority} from '../test/helpers/certificates.ts';
import {headerCases, serveCase} from '../test/helpers/header-cases.ts';

const [authorityPath = ''] = process.argv.slice(2);
const authority = makeAuthority();
writeFileSync(authorityPath, authority.cert);
const localhost = authority.issue('localhost');
const sites = await Promise.all(headerCases().map(each => serveCase(each, localhost)));
process.send?.(sites.map(({port}) => port));
