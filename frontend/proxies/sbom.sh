#!/bin/sh
# Writes down what the proxy layer brings into an image, as SPDX 2.3: sbom.sh ROOT
#
# ROOT/opt/sallyport holds Traefik's tree, or nginx's and njs, each with its VERSIONS.json, and the supervisor. Scanners find no package database
# of ours in an image, so these files are how they, and people, learn which nginx runs there. njs has a document of its own in its
# folder, which layers without scripts leave out. The same tree gives the same bytes.
set -eu
tree=$1/opt/sallyport
sum() { sha256sum "$1" | cut -d ' ' -f 1; }
init=$(sum "$tree/bin/sallyport-init")

# The files of one document, with bytes for an order that no locale changes.
files_of() {
	case $1 in
		nginx) find "$tree" -path "$tree/njs" -prune -o -type f ! -name sbom.spdx.json -print ;;
		traefik) find "$tree" -type f ! -name sbom.spdx.json ;;
		njs) find "$tree/njs" -type f ! -name sbom.spdx.json ;;
	esac | LC_ALL=C sort
}

# One document, for the folder that VERSIONS.json lies in: document nginx|njs ROOT
document() {
	versions=$tree/$1/VERSIONS.json
	architecture=$(sed 's/.*"architecture":"\([^"]*\)".*/\1/' "$versions")
	suite=$(sed 's/.*"suite":"\([^"]*\)".*/\1/' "$versions")
	name=$(printf '%s %s' "$(sum "$versions")" "$init" | sha256sum | cut -c 1-32)
	# name version, a line each; names and versions of Debian need no escaping in JSON.
	packages=$(sed 's/.*"packages":{\([^}]*\)}.*/\1/; s/,/\n/g; s/"//g' "$versions" | sed 's/:/ /')
	separator=''
	printf '{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"sallyport-proxy-%s",' "$1"
	printf '"documentNamespace":"https://sallyport.dev/spdx/proxy-%s/%s",' "$1" "$name"
	# A time would change the bytes of an unchanged tree; the epoch stands for "not said".
	printf '"creationInfo":{"created":"1970-01-01T00:00:00Z","creators":["Tool: sallyport-sbom"]},"packages":['
	if [ "$1" != njs ]; then
		printf '{"SPDXID":"SPDXRef-init","name":"sallyport-init","downloadLocation":"NOASSERTION","filesAnalyzed":false,'
		printf '"licenseConcluded":"Apache-2.0","licenseDeclared":"Apache-2.0","copyrightText":"NOASSERTION",'
		printf '"checksums":[{"algorithm":"SHA256","checksumValue":"%s"}]}' "$init"
		separator=,
	fi
	if [ "$1" = traefik ]; then
		traefik=$(sed 's/.*"traefik":"\([^"]*\)".*/\1/' "$versions")
		printf ',{"SPDXID":"SPDXRef-traefik","name":"traefik","versionInfo":"%s","supplier":"Organization: Traefik Labs",' "$traefik"
		printf '"downloadLocation":"NOASSERTION","filesAnalyzed":false,"licenseConcluded":"NOASSERTION","licenseDeclared":"MIT",'
		printf '"copyrightText":"NOASSERTION","checksums":[{"algorithm":"SHA256","checksumValue":"%s"}],' "$(sum "$tree/traefik/bin/traefik")"
		printf '"externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl",'
		printf '"referenceLocator":"pkg:golang/github.com/traefik/traefik/v3@v%s"}]}' "$traefik"
	fi
	printf '%s\n' "$packages" | while read -r package version; do
		# purl: a plus sign and a colon are percent-encoded in versions.
		encoded=$(printf '%s' "$version" | sed 's/+/%2B/g; s/:/%3A/g; s/~/%7E/g')
		printf '%s{"SPDXID":"SPDXRef-deb-%s","name":"%s","versionInfo":"%s","supplier":"Organization: Debian",' \
			"$separator" "$(printf '%s' "$package" | tr '+_' '--')" "$package" "$version"
		printf '"downloadLocation":"NOASSERTION","filesAnalyzed":false,"licenseConcluded":"NOASSERTION",'
		printf '"licenseDeclared":"NOASSERTION","copyrightText":"NOASSERTION","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER",'
		printf '"referenceType":"purl","referenceLocator":"pkg:deb/debian/%s@%s?arch=%s&distro=%s"}]}' \
			"$package" "$encoded" "$architecture" "$suite"
		separator=,
	done
	printf '],"files":['
	separator=''
	files_of "$1" | while read -r file; do
		path=.${file#"$2"}
		id=$(printf '%s' "$path" | tr -c 'A-Za-z0-9.' '-')
		printf '%s{"SPDXID":"SPDXRef-file%s","fileName":"%s","checksums":[{"algorithm":"SHA1","checksumValue":"%s"},' \
			"$separator" "$id" "$path" "$(sha1sum "$file" | cut -d ' ' -f 1)"
		printf '{"algorithm":"SHA256","checksumValue":"%s"}],"licenseConcluded":"NOASSERTION","copyrightText":"NOASSERTION"}' \
			"$(sum "$file")"
		separator=,
	done
	printf '],"relationships":['
	separator=''
	if [ "$1" != njs ]; then
		printf '{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-init"}'
		separator=,
	fi
	printf '%s\n' "$packages" | while read -r package _; do
		printf '%s{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-deb-%s"}' \
			"$separator" "$(printf '%s' "$package" | tr '+_' '--')"
		separator=,
	done
	printf ']}\n'
}

if [ -d "$tree/traefik" ]; then
	document traefik "$1" > "$tree/sbom.spdx.json"
else
	document nginx "$1" > "$tree/sbom.spdx.json"
	document njs "$1" > "$tree/njs/sbom.spdx.json"
fi
