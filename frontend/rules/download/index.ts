import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {addUnpack} from './add-unpack.ts';
import {curlFailsOnError} from './curl-fails-on-error.ts';
import {curlFollowsRedirects} from './curl-follows-redirects.ts';
import {curlVerifiesTls} from './curl-verifies-tls.ts';
import {downloadRetries} from './download-retries.ts';
import {gitVerifiesTls} from './git-verifies-tls.ts';
import {noPipeToShell} from './no-pipe-to-shell.ts';
import {noPlainHttp} from './no-plain-http.ts';
import {nodeVerifiesTls} from './node-verifies-tls.ts';
import {npmVerifiesTls} from './npm-verifies-tls.ts';
import {offlineInstall} from './offline-install.ts';
import {oneDownloader} from './one-downloader.ts';
import {pipVerifiesTls} from './pip-verifies-tls.ts';
import {pythonVerifiesTls} from './python-verifies-tls.ts';
import {quietWget} from './quiet-wget.ts';
import {verifiedDownloads} from './verified-downloads.ts';
import {wgetVerifiesTls} from './wget-verifies-tls.ts';

export const downloadRules: Readonly<Record<RuleIdIn<'download'>, Rule>> = {
	'curl-verifies-tls': curlVerifiesTls,
	'wget-verifies-tls': wgetVerifiesTls,
	'git-verifies-tls': gitVerifiesTls,
	'node-verifies-tls': nodeVerifiesTls,
	'npm-verifies-tls': npmVerifiesTls,
	'pip-verifies-tls': pipVerifiesTls,
	'python-verifies-tls': pythonVerifiesTls,
	'no-plain-http': noPlainHttp,
	'no-pipe-to-shell': noPipeToShell,
	'verified-downloads': verifiedDownloads,
	'curl-fails-on-error': curlFailsOnError,
	'curl-follows-redirects': curlFollowsRedirects,
	'download-retries': downloadRetries,
	'quiet-wget': quietWget,
	'one-downloader': oneDownloader,
	'add-unpack': addUnpack,
	'offline-install': offlineInstall,
};
