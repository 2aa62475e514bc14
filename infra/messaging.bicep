param token string
param location string
param tags object
param principalId string

// Generated from the registry of step kinds: a new kind needs no edit here.
var queues = loadJsonContent('queues.json')

resource namespace 'Microsoft.ServiceBus/namespaces@2022-10-01-preview' = {
  name: 'sb-${token}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Standard'
  }
  properties: {
    minimumTlsVersion: '1.2'
    disableLocalAuth: true
  }
}

// No duplicate detection: two queues may forward messages of the same id, and none may vanish. Nothing is forwarded
// from here either: what its function cannot keep stays in its own dead-letter queue.
resource deadLetters 'Microsoft.ServiceBus/namespaces/queues@2022-10-01-preview' = {
  parent: namespace
  name: queues.deadLetters
  properties: {
    maxDeliveryCount: 10
    lockDuration: 'PT5M'
    requiresDuplicateDetection: false
  }
}

@batchSize(5)
resource queue 'Microsoft.ServiceBus/namespaces/queues@2022-10-01-preview' = [for name in queues.queues: {
  parent: namespace
  name: name
  properties: {
    maxDeliveryCount: 10
    lockDuration: 'PT5M'
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: 'PT10M'
    deadLetteringOnMessageExpiration: true
    forwardDeadLetteredMessagesTo: deadLetters.name
  }
}]

var roles = {
  dataReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  dataSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
}

resource grants 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in items(roles): {
  name: guid(namespace.id, principalId, role.value)
  scope: namespace
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}]

output host string = '${namespace.name}.servicebus.windows.net'
