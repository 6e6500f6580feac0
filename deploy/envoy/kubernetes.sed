# Makes deploy/kubernetes/components/envoy/envoy.yaml of envoy.yaml:
#   sed -f kubernetes.sed envoy.yaml > ../kubernetes/components/envoy/envoy.yaml
# The replicas are found by the cluster's names, and no user but root may listen on 443.
s/port_value: 443}/port_value: 8443}/
s/^# - The replicas are in replicas.yaml.*/# - The replicas are the pods of the Service mfn-grpc-headless./
/^#   envoy --config-path/,/^#$/d
/^      type: EDS$/,/^          path_config_source:/c\
      # The headless Service has the addresses of all pods that are ready.\
      type: STRICT_DNS\
      load_assignment:\
        cluster_name: mfn\
        endpoints:\
          - lb_endpoints:\
              - endpoint: {address: {socket_address: {address: mfn-grpc-headless, port_value: 50051}}}
