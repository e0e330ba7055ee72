/** The style of the report's page: readable on a phone, in the dark and on paper. */
export const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid; } h3 { font-size: 1rem; margin: 0.5rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 0.5rem 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
pre { padding: 0.6rem; overflow-x: auto; border: 1px solid; border-radius: 4px; font-size: 0.85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 0.25rem 0.5rem; border-bottom: 1px solid; vertical-align: top; white-space: pre-wrap; }
.summary { font-size: 1.1rem; } .warning { font-weight: 600; } .step { margin: 1rem 0; padding-left: 0.8rem; border-left: 3px solid; } .bad { border-color: #c00; }
@media print { body { max-width: none; margin: 0; } .step { break-inside: avoid; } pre { border-color: #999; } }
`;
