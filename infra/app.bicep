param token string
param location string
param tags object
param identityId string
param identityClientId string
param storageAccountName string
param packageContainerUrl string
param tableEndpoint string
param tablePrefix string
param serviceBusHost string
param vaultUri string
param applicationInsightsConnectionString string
param entraClientId string
param subnetId string
param alwaysReadyHttpInstances int
param dynamics object
param collectedServers string
param eventsHosts string

var name = 'func-ax-cutover-${token}'

var sqlServers = [
  { server: 'source', setting: 'SOURCE_SQL_CONNECTION', secret: 'source-sql-connection' }
  { server: 'distribution', setting: 'DISTRIBUTION_SQL_CONNECTION', secret: 'distribution-sql-connection' }
  { server: 'target', setting: 'TARGET_SQL_CONNECTION', secret: 'target-sql-connection' }
]
var pulledServers = filter(sqlServers, entry => !contains(split(collectedServers, ','), entry.server))

var fromVault = union(
  toObject(pulledServers, entry => entry.setting, entry => entry.secret),
  { WEBHOOK_SECRETS: 'webhook-secrets' },
  empty(collectedServers) ? {} : { COLLECTOR_SECRETS: 'collector-secrets' },
  empty(eventsHosts) ? {} : { EVENTS_SECRETS: 'events-secrets' }
)

var dynamicsSettings = empty(dynamics.baseUrl) ? {} : {
  DYNAMICS_BASE_URL: dynamics.baseUrl
  DYNAMICS_TENANT_ID: dynamics.tenantId
  DYNAMICS_CLIENT_ID: dynamics.clientId
  DYNAMICS_TOKEN_URL: '${environment().authentication.loginEndpoint}${dynamics.tenantId}/oauth2/v2.0/token'
}

var secrets = union(fromVault, empty(dynamics.baseUrl) ? {} : { DYNAMICS_CLIENT_SECRET: 'dynamics-client-secret' })
var references = toObject(items(secrets), entry => entry.key, entry => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${entry.value})')

var settings = union({
  // The host's own storage, its bus and its telemetry, all by identity.
  AzureWebJobsStorage__accountName: storageAccountName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  ServiceBusConnection__fullyQualifiedNamespace: serviceBusHost
  ServiceBusConnection__credential: 'managedidentity'
  ServiceBusConnection__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // The identity the app's own clients take.
  AZURE_CLIENT_ID: identityClientId
  // The platform signs people in as the registration, vouched for by the identity instead of a client secret.
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId
  APP_MODE: 'production'
  IDENTITY: 'platform'
  TableStorage__endpoint: tableEndpoint
  TABLE_PREFIX: tablePrefix
  PUBLIC_BASE_URL: 'https://${name}.azurewebsites.net'
}, dynamicsSettings, empty(collectedServers) ? {} : { COLLECTED_SERVERS: collectedServers }, empty(eventsHosts) ? {} : { EVENTS_HOSTS: eventsHosts }, references)

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: '22'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: 40
        alwaysReady: alwaysReadyHttpInstances == 0 ? [] : [
          {
            name: 'http'
            instanceCount: alwaysReadyHttpInstances
          }
        ]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: [for entry in items(settings): {
        name: entry.key
        value: entry.value
      }]
    }
  }
}

// Callbacks prove themselves by a signature; everything else needs a signed-in person before it reaches the app.
resource signIn 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
      runtimeVersion: '~1'
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
      excludedPaths: [
        '/api/callbacks/*'
        '/api/health'
        '/api/openapi.json'
      ]
    }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: entraClientId
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [
            entraClientId
            'api://${entraClientId}'
          ]
        }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
