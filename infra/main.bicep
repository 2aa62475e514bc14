targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Name of the environment, as azd knows it: one per customer and stage.')
param environmentName string

@minLength(1)
@description('Region of every resource; take the one of the source SQL Server or of the sandbox.')
@metadata({ azd: { type: 'location' } })
param location string

@minLength(36)
@maxLength(36)
@description('Client id of the app registration in Microsoft Entra that people sign in to; see docs/runbook.md.')
param entraClientId string

@description('Subnet the app leaves through to reach the source SQL Server, delegated to Microsoft.App/environments; empty where the servers are reached over the internet.')
param subnetId string = ''

@description('Environment of Dynamics 365 that is asked over OData, as https://…; empty: smoke checks are a person\'s.')
param dynamicsBaseUrl string = ''

@description('Directory of that environment.')
param dynamicsTenantId string = ''

@description('Client id of the app registration that reads it.')
param dynamicsClientId string = ''

@description('Servers that a collector reads instead of the app, of source, distribution, target, separated by commas without spaces; empty: the app reads all of them.')
param collectedServers string = ''

@description('Hosts that events of cutovers may be sent to, by name or as *.domain, separated by commas without spaces; empty: none are sent.')
param eventsHosts string = ''

@description('HTTP instances kept warm: 1 for the days of a cutover, 0 otherwise.')
@minValue(0)
@maxValue(5)
param alwaysReadyHttpInstances int = 0

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }

// Several apps may share a storage account: the tables of each begin with its prefix.
var tablePrefix = 'axcutover'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-ax-cutover-${environmentName}'
  location: location
  tags: tags
}

module identity 'identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-ax-cutover-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module storage 'storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    tablePrefix: tablePrefix
    principalId: identity.outputs.principalId
  }
}

module messaging 'messaging.bicep' = {
  name: 'messaging'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module vault 'vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storage.outputs.accountName
    packageContainerUrl: storage.outputs.packageContainerUrl
    tableEndpoint: storage.outputs.tableEndpoint
    tablePrefix: tablePrefix
    serviceBusHost: messaging.outputs.host
    vaultUri: vault.outputs.uri
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    entraClientId: entraClientId
    subnetId: subnetId
    alwaysReadyHttpInstances: alwaysReadyHttpInstances
    collectedServers: collectedServers
    eventsHosts: eventsHosts
    dynamics: {
      baseUrl: dynamicsBaseUrl
      tenantId: dynamicsTenantId
      clientId: dynamicsClientId
    }
  }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
output SERVICE_APP_NAME string = app.outputs.name
output SERVICE_APP_URL string = app.outputs.url
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
