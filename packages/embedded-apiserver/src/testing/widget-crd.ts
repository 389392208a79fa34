/** A custom kind that uses what CRDs can say. */
export const widgetCrd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.test.io
spec:
  group: test.io
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, shortNames: [wi], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
    - {name: Note, type: string, jsonPath: .spec.note, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema: &schema
      openAPIV3Schema:
        type: object
        description: Something to test with.
        required: [spec]
        x-kubernetes-validations:
        - rule: "!has(oldSelf.status) || !has(oldSelf.status.bound) || self.spec.color == oldSelf.spec.color"
          message: color is frozen once bound
          fieldPath: .spec.color
        properties:
          spec:
            type: object
            required: [size]
            x-kubernetes-validations:
            - rule: "!has(self.parts) || self.parts.all(p, p.count <= self.size)"
              message: no part may exceed the size
            properties:
              size: {type: integer, minimum: 1, maximum: 100, description: How large it is.}
              color: {type: string, enum: [red, green], default: red}
              note: {type: string, maxLength: 10, pattern: '^[a-z ]*$'}
              nickname: {type: string, nullable: true}
              frozen:
                type: string
                x-kubernetes-validations: [{rule: self == oldSelf, message: is immutable}]
              options: {type: object, additionalProperties: {type: string}, maxProperties: 2}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
              tags: {type: array, items: {type: string}, x-kubernetes-list-type: set, maxItems: 3}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties:
                    name: {type: string}
                    count: {type: integer, default: 1}
                    grow:
                      type: integer
                      x-kubernetes-validations: [{rule: self >= oldSelf, message: may only grow}]
          status:
            type: object
            properties:
              bound: {type: boolean}
              conditions:
                type: array
                items:
                  type: object
                  properties: {type: {type: string}, status: {type: string}, reason: {type: string}}
  - name: v1alpha1
    served: true
    storage: false
    deprecated: true
    subresources: {status: {}}
    schema: *schema
`;
