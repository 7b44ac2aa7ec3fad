#!/bin/sh
# Writes down what the proxy layer brings into an image, as SPDX 2.3: sbom.sh ROOT
#
# ROOT/opt/sallyport holds nginx's tree (with VERSIONS.json) and the supervisor. Scanners find no package database of ours in
# an image, so this file is how they, and people, learn which nginx runs there. The same tree gives the same bytes.
set -eu
tree=$1/opt/sallyport
versions=$tree/nginx/VERSIONS.json
sum() { sha256sum "$1" | cut -d ' ' -f 1; }

architecture=$(sed 's/.*"architecture":"\([^"]*\)".*/\1/' "$versions")
suite=$(sed 's/.*"suite":"\([^"]*\)".*/\1/' "$versions")
init=$(sum "$tree/bin/sallyport-init")
name=$(printf '%s %s' "$(sum "$versions")" "$init" | sha256sum | cut -c 1-32)

# name version, a line each; names and versions of Debian need no escaping in JSON.
packages=$(sed 's/.*"packages":{\([^}]*\)}.*/\1/; s/,/\n/g; s/"//g' "$versions" | sed 's/:/ /')

{
	printf '{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"sallyport-proxy-nginx",'
	printf '"documentNamespace":"https://sallyport.dev/spdx/proxy-nginx/%s",' "$name"
	# A time would change the bytes of an unchanged tree; the epoch stands for "not said".
	printf '"creationInfo":{"created":"1970-01-01T00:00:00Z","creators":["Tool: sallyport-sbom"]},"packages":['
	printf '{"SPDXID":"SPDXRef-init","name":"sallyport-init","downloadLocation":"NOASSERTION","filesAnalyzed":false,'
	printf '"licenseConcluded":"Apache-2.0","licenseDeclared":"Apache-2.0","copyrightText":"NOASSERTION",'
	printf '"checksums":[{"algorithm":"SHA256","checksumValue":"%s"}]}' "$init"
	printf '%s\n' "$packages" | while read -r package version; do
		# purl: a plus sign and a colon are percent-encoded in versions.
		encoded=$(printf '%s' "$version" | sed 's/+/%2B/g; s/:/%3A/g; s/~/%7E/g')
		printf ',{"SPDXID":"SPDXRef-deb-%s","name":"%s","versionInfo":"%s","supplier":"Organization: Debian",' \
			"$(printf '%s' "$package" | tr '+_' '--')" "$package" "$version"
		printf '"downloadLocation":"NOASSERTION","filesAnalyzed":false,"licenseConcluded":"NOASSERTION",'
		printf '"licenseDeclared":"NOASSERTION","copyrightText":"NOASSERTION","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER",'
		printf '"referenceType":"purl","referenceLocator":"pkg:deb/debian/%s@%s?arch=%s&distro=%s"}]}' \
			"$package" "$encoded" "$architecture" "$suite"
	done
	printf '],"files":['
	separator=''
	# Sorted by bytes, so that no locale changes the order.
	find "$tree" -type f ! -name sbom.spdx.json | LC_ALL=C sort | while read -r file; do
		path=.${file#"$1"}
		id=$(printf '%s' "$path" | tr -c 'A-Za-z0-9.' '-')
		printf '%s{"SPDXID":"SPDXRef-file%s","fileName":"%s","checksums":[{"algorithm":"SHA1","checksumValue":"%s"},' \
			"$separator" "$id" "$path" "$(sha1sum "$file" | cut -d ' ' -f 1)"
		printf '{"algorithm":"SHA256","checksumValue":"%s"}],"licenseConcluded":"NOASSERTION","copyrightText":"NOASSERTION"}' \
			"$(sum "$file")"
		separator=,
	done
	printf '],"relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-init"}'
	printf '%s\n' "$packages" | while read -r package _; do
		printf ',{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-deb-%s"}' \
			"$(printf '%s' "$package" | tr '+_' '--')"
	done
	printf ']}\n'
} > "$tree/sbom.spdx.json"
